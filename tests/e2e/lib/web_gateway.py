"""A daemon whose web server is under test: plain, or with certificates, users and the like."""
import base64
import pathlib
import subprocess
import urllib.request

from attackers import trusting
from gateway import Gateway, run

# Of "x", by crypt(3) at cost 8.
HASH = "$2b$08$wgauditwgauditwgaudituf0Hd801IC3PtsApCZAM9Jzjoy8aX366"
USER, PASSWORD = "prometheus", "x"


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no VmRSS of {pid}")


class Certificates:
    """An authority, and what it signed, in a folder; made by openssl(1)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True, parents=True)
        self.authority = self._self_signed("ca")
        self.make("server", "DNS:gw1,IP:127.0.0.1")
        self.make("client", "DNS:prometheus.example.org")

    def _self_signed(self, name):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.crt",
            "-subj", f"/CN={name}", "-days", "2")
        return self.folder / f"{name}.crt"

    def make(self, name, names):
        """NAME.crt and NAME.key, in place of those that are there."""
        new = self.folder / f"{name}.new"
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{new}.key", "-out", f"{new}.csr", "-subj", f"/CN={name}", "-addext",
            f"subjectAltName={names}")
        run("openssl", "x509", "-req", "-in", f"{new}.csr", "-CA", self.authority, "-CAkey",
            self.folder / "ca.key", "-CAcreateserial", "-copy_extensions", "copy", "-days", "2",
            "-out", f"{new}.crt")
        pathlib.Path(f"{new}.key").rename(self.folder / f"{name}.key")
        pathlib.Path(f"{new}.crt").rename(self.folder / f"{name}.crt")


class WebGateway(Gateway):
    """As it is asked: `secure` with TLS, `who` "USER:PASSWORD", with a client certificate."""

    def __init__(self, tmp, port, peers=()):
        super().__init__(tmp, port, peers)
        self.context, self.who = None, None
        self.web_file = self.tmp / "web.yml"

    def configure(self, text):
        new = self.web_file.with_suffix(".new")
        new.write_text(text)
        new.rename(self.web_file)

    def secure(self, certificates, with_client=False):
        client = [certificates.folder / f"client.{end}" for end in ("crt", "key")]
        self.context = trusting(certificates.authority, *(client if with_client else ()))

    def get(self, path):
        scheme = "https" if self.context else "http"
        request = urllib.request.Request(f"{scheme}://{self.address}{path}")
        if self.who:
            request.add_header("Authorization",
                               "Basic " + base64.b64encode(self.who.encode()).decode())
        with urllib.request.urlopen(request, timeout=10, context=self.context) as answer:
            return answer.read().decode()

    def serve(self, *more):
        if self.web_file.exists():
            more = ("--web.config.file", self.web_file, *more)
        self.start(*more)


def check_web_config(binary, file):
    """(exit code, what it said)."""
    done = subprocess.run([binary, "check", "web-config", file], capture_output=True, text=True,
                          timeout=10, check=False)
    return done.returncode, done.stdout + done.stderr
