"""Packages of a package-lock.json, in a folder of the build."""
import shutil
import subprocess


def install(source, build):
    """Those of `source`, in `build`. Once; scripts of packages are not run."""
    build.mkdir(parents=True, exist_ok=True)
    lock = (source / "package-lock.json").read_text(encoding="utf-8")
    stamp = build / "installed.json"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, build)
        # Few connections: the registry's handshakes are what takes long.
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                        "--loglevel=error", "--maxsockets=3"], cwd=build, check=True)
        stamp.write_text(lock, encoding="utf-8")
