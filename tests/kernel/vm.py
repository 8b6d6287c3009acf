"""A real kernel for tests: Debian's cloud kernel under QEMU TCG, an initramfs made here.

boot(script, ...) runs a shell script as root in a fresh guest and returns what it emitted. Needs
from apt: qemu-system-x86, busybox-static, bash, iproute2, iputils-ping, wireguard-tools.
"""
import base64
import binascii
import dataclasses
import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("WGAUDIT_KERNEL_CACHE", SOURCE / "build" / "kernel"))
# Where programs of ours are looked for, best first.
BUILDS = [
    pathlib.Path(p) for p in os.environ.get("WGAUDIT_BUILDS", "").split(":") if p
] + [SOURCE / "build" / name for name in ("release", "bench", "dev")]
# In the order of insmod: what is needed comes first.
MODULES = """veth dummy libchacha libcurve25519-generic curve25519-x86_64 udp_tunnel ip6_udp_tunnel
poly1305-x86_64 chacha-x86_64 libchacha20poly1305 wireguard""".split()
# TCG carries out `rep movsb` byte by byte; without the flag, kernel and libc copy as they would on
# hardware, in wide words.
CPU_MODEL = "max,-erms,-fsrm"
DISK_IOPS = 300
BASE_PROGRAMS = ["bash", "ip", "ping", "wg"]


class Missing(Exception):
    """Something that the harness needs is not there."""


@dataclasses.dataclass
class Result:
    files: dict  # name -> bytes, as emitted
    status: int | None  # of the script; None: the guest did not come to its end
    console: str
    seconds: float

    def text(self, name: str) -> str:
        """Bytes that are not UTF-8 survive as surrogates, so that they still compare."""
        return self.files[name].decode("utf-8", "surrogateescape")


def find_program(name: str) -> pathlib.Path:
    """A program that we built, else one of the machine."""
    for build in BUILDS:
        for path in [build / name, *sorted(build.glob(f"*/{name}")), *sorted(build.glob(f"*/*/{name}"))]:
            if path.is_file() and os.access(path, os.X_OK):
                return path
    found = shutil.which(name)
    if not found:
        raise Missing(f"program {name}: neither in {', '.join(map(str, BUILDS))} nor in PATH")
    return pathlib.Path(found)


def kernel() -> tuple[pathlib.Path, pathlib.Path]:
    """(image, directory of modules)"""
    subprocess.run([HERE / "fetch_kernel", CACHE], check=True)
    image = next((CACHE / "unpacked" / "boot").glob("vmlinuz-*"))
    modules = next((CACHE / "unpacked" / "lib" / "modules").iterdir())
    return image, modules


class Archive:
    """An initramfs: cpio in the "newc" form (Documentation/driver-api/early-userspace)."""

    def __init__(self):
        self._parts, self._directories, self._number = [], set(), 0

    def _record(self, name: str, mode: int, data: bytes) -> None:
        self._number += 1
        encoded = name.encode() + b"\0"
        fields = [self._number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
        header = b"070701" + b"".join(b"%08X" % f for f in fields) + encoded
        self._parts.append(header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4))

    def add(self, path: str, data: bytes, mode: int = 0o755) -> None:
        relative = path.lstrip("/")
        for parent in reversed(pathlib.PurePosixPath(relative).parents):
            if str(parent) != "." and parent not in self._directories:
                self._directories.add(parent)
                self._record(str(parent), stat.S_IFDIR | 0o755, b"")
        self._record(relative, stat.S_IFREG | mode, data)

    def packed(self) -> bytes:
        self._record("TRAILER!!!", 0, b"")
        return gzip.compress(b"".join(self._parts), 1)


def libraries_of(program: pathlib.Path) -> set:
    listing = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return set(re.findall(r"(/[^ )]+\.so[^ )]*)", listing))


def build_initramfs(script: str, programs: list, files: dict, extra_modules=()) -> bytes:
    archive = Archive()
    archive.add("/init", (HERE / "init.sh").read_bytes())
    archive.add("/bin/busybox", pathlib.Path(shutil.which("busybox") or "/bin/busybox").read_bytes())
    _, modules = kernel()
    order = []
    for name in [*MODULES, *extra_modules]:
        path = next((modules / "kernel").rglob(f"{name}.ko"), None)
        if path is None:
            raise Missing(f"kernel module {name}")
        archive.add(f"/modules/{path.name}", path.read_bytes())
        if name in MODULES:
            order.append(path.name)
    archive.add("/modules/order", "\n".join(order).encode())
    libraries = set()
    for name in dict.fromkeys(BASE_PROGRAMS + programs):
        path = find_program(name)
        archive.add(f"/programs/{name}", path.read_bytes())
        libraries |= libraries_of(path)
    for library in sorted(libraries):
        archive.add(library, pathlib.Path(library).read_bytes())
    archive.add("/etc/hosts", b"127.0.0.1 localhost\n", 0o644)
    archive.add("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", 0o644)
    archive.add("/etc/group", b"root:x:0:\nnogroup:x:65534:\n", 0o644)
    archive.add("/guest.sh", (HERE / "guest.sh").read_bytes())
    archive.add("/run.sh", script.encode())
    for path, data in files.items():
        archive.add(path, data)
    return archive.packed()


def emitted(console: str) -> dict:
    """What the guest sent with emit(). A file that did not arrive whole is left out."""
    files = {}
    for match in re.finditer(r"^@@begin (\S+)\n(.*?)^@@end \1$", console, re.S | re.M):
        try:
            files[match[1]] = gzip.decompress(base64.b64decode(match[2]))
        except (binascii.Error, OSError, EOFError):
            print(f"damaged on the serial line: {match[1]}")
    return files


def disk_options(path: pathlib.Path, mib: int) -> list:
    """An empty ext4 on /dev/nvme0n1; the kernel has both drivers built in. No faster than a modest
    disk, so that a program has a moment in which it waits for fdatasync."""
    path.touch()
    os.truncate(path, mib << 20)
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", path], check=True)
    return ["-drive", f"file={path},if=none,id=disk,format=raw,throttling.iops-total={DISK_IOPS}",
            "-device", "nvme,serial=disk,drive=disk"]


def boot(script: str, programs=(), files=None, memory_mib=512, cpus=1, timeout=300,
         disk_mib=0, extra_modules=()) -> Result:
    image, _ = kernel()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        initramfs = pathlib.Path(directory) / "initramfs.gz"
        initramfs.write_bytes(build_initramfs(script, list(programs), files or {},
                                              extra_modules))
        # Never KVM: a nested guest may hang in it.
        command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", CPU_MODEL, "-smp", str(cpus),
                   "-m", str(memory_mib), "-nodefaults", "-display", "none", "-serial", "stdio",
                   "-no-reboot", "-net", "none", "-kernel", str(image), "-initrd", str(initramfs),
                   "-append", "console=ttyS0 quiet panic=-1 mitigations=off"]
        if disk_mib:
            command += disk_options(pathlib.Path(directory) / "disk", disk_mib)
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        try:
            output, _ = qemu.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            qemu.kill()
            output, _ = qemu.communicate()
    console = output.decode("utf-8", "surrogateescape").replace("\r", "")
    status = re.search(r"^guest-status (\d+)$", console, re.M)
    return Result(emitted(console), int(status[1]) if status else None, console,
                  time.monotonic() - begun)
