"""Real faults: file systems that are full, small, read-only or hang, system calls that fail."""
import contextlib
import pathlib
import signal
import subprocess

from gateway import Failure, run, wait_for

MAX_WRITE = 4096


def tmpfs(path, size):
    path.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", path)


def remount(path, options):
    run("mount", "-o", f"remount,{options}", path)


def fill(directory):
    """Takes all that is free; returns the file, to be removed."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (MAX_WRITE, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


class Disk:
    """An ext4 file system of its own, on a loop device. The first error makes it read-only."""

    def __init__(self, image, path):
        self.image, self.path = image, path
        path.mkdir()
        with image.open("wb") as file:
            file.truncate(16 << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", self.image, self.path)
        self.path.chmod(0o700)

    def umount(self):
        """REQUIRES: the daemon has ended. What it had open may take a moment to go."""
        def gone():
            return subprocess.run(["umount", self.path], check=False,
                                  stderr=subprocess.DEVNULL).returncode == 0
        wait_for(f"{self.path} is unmounted", gone, 5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.path], check=False, stderr=subprocess.DEVNULL)

    def break_down(self):
        """As after an error of the disk, with files open for writing."""
        device = run("findmnt", "-no", "SOURCE", self.path).stdout.strip()
        error = pathlib.Path("/sys/fs/ext4", pathlib.Path(device).name, "trigger_fs_error")
        error.write_text("1")

    def repair(self):
        """While it is not mounted."""
        done = subprocess.run(["e2fsck", "-fy", self.image], capture_output=True, timeout=30,
                              check=False)
        if done.returncode > 1:  # 1: errors, corrected
            raise Failure(f"e2fsck: {done.stdout.decode()}")

    @contextlib.contextmanager
    def hangs(self):
        """Every write waits until this ends."""
        run("fsfreeze", "--freeze", self.path)
        try:
            yield
        finally:
            run("fsfreeze", "--unfreeze", self.path)


@contextlib.contextmanager
def injected(pid, log, what, path=None):
    """strace(1) meddles with the system calls of all threads of a process: `what` as for its
    `inject`; of calls about `path` alone, where it is given."""
    command = ["strace", "-f", "-p", str(pid), "-o", str(log), "-e", f"trace={what.split(':')[0]}",
               "-e", f"inject={what}"]
    if path:
        command += ["-P", str(path)]
    with open(f"{log}.err", "wb") as err:
        strace = subprocess.Popen(command, stderr=err, stdin=subprocess.DEVNULL)
    try:
        threads = pathlib.Path(f"/proc/{pid}/task")
        wait_for("strace holds every thread",
                 lambda: all(tracer(task / "status") == strace.pid for task in threads.iterdir()))
        yield
    finally:
        strace.send_signal(signal.SIGINT)  # it lets go of the process
        strace.wait(20)


def tracer(status):
    for line in status.read_text().splitlines():
        if line.startswith("TracerPid:"):
            return int(line.split()[1])
    return 0


def injections(log):
    """How many calls it meddled with."""
    text = pathlib.Path(log).read_text()
    return text.count("(INJECTED)") + text.count("(DELAYED)")


def with_boot(tmp, boot_id, uptime_seconds):
    """What runs before the daemon, so that it sees another boot: its id, and its boot time."""
    file = tmp / f"boot-{boot_id}"
    file.write_text(f"{boot_id}\n")
    offset = int(uptime_seconds - float(pathlib.Path("/proc/uptime").read_text().split()[0]))
    # Both, or CLOCK_MONOTONIC would be ahead of CLOCK_BOOTTIME.
    return ["unshare", "--mount", "--propagation", "slave", "--time", "--boottime", str(offset),
            "--monotonic", str(offset), "--fork", "--kill-child=KILL", "sh", "-c",
            'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"', str(file)]

