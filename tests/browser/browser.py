"""What drives visit.mjs: its packages in a folder of the build, its input and its verdict."""
import json
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "browser"


def install():
    """The packages of package-lock.json, once; scripts of packages are not run."""
    BUILD.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text()
    stamp = BUILD / "installed.json"
    if stamp.exists() and stamp.read_text() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, BUILD)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                   cwd=BUILD, check=True)
    stamp.write_text(lock)


def visit(pages, widths=(360, 768, 1280), schemes=("light",), keyboard=None, out="screenshots"):
    """Whether nothing is wrong; `pages` as visit.mjs takes them. Prints what it prints."""
    install()
    work = {"out": str(BUILD / out), "widths": list(widths), "schemes": list(schemes),
            "pages": pages, "keyboard": keyboard}
    run = subprocess.run(["node", str(HERE / "visit.mjs")], input=json.dumps(work), text=True,
                         timeout=1500, env={**os.environ, "WGAUDIT_BROWSER": str(BUILD)})
    return run.returncode == 0
