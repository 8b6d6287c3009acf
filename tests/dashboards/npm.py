"""Packages of a package-lock.json, in a folder of the build."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def install(source):
    """The folder that they are in. Once; scripts of packages are not run."""
    build = ROOT / "build" / "dashboards" / source.name
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
    return build
