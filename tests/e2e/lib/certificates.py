"""Certificates of a test: an authority, and what it signs. Made by the openssl command."""
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


class Authority:
    """PEM files in `directory`: ca.crt, and NAME.crt with NAME.key for each that was issued."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate = directory / "ca.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", directory / "ca.key", "-out", self.certificate, "-days", "2",
                "-subj", f"/CN={directory.name}", "-addext", "keyUsage=critical,keyCertSign",
                "-addext", "basicConstraints=critical,CA:TRUE")

    def issue(self, name, alternative_names):
        """(certificate, key), for names such as "DNS:localhost,IP:127.0.0.1"; in place of those that
        are there, each at once, as a program may be watching them."""
        certificate, key = self.directory / f"{name}.crt", self.directory / f"{name}.key"
        new_certificate, new_key = (path.with_suffix(path.suffix + ".new") for path in (certificate, key))
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", new_key, "-out", request, "-subj", f"/CN={name}")
        extensions.write_text(f"subjectAltName={alternative_names}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey",
                self.directory / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
                "-out", new_certificate)
        new_key.chmod(0o600)
        new_key.rename(key)
        new_certificate.rename(certificate)
        return certificate, key
