"""What drives visit.mjs: its packages in a folder of the build, its input and its verdict."""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import npm  # noqa: E402

BUILD = HERE.parents[1] / "build" / "browser"


def visit(pages, widths=(360, 768, 1280), schemes=("light",), keyboard=None, out="screenshots"):
    """Whether nothing is wrong; `pages` as visit.mjs takes them. Prints what it prints."""
    npm.install(HERE, BUILD)
    work = {"out": str(BUILD / out), "widths": list(widths), "schemes": list(schemes),
            "pages": pages, "keyboard": keyboard}
    run = subprocess.run(["node", str(HERE / "visit.mjs")], input=json.dumps(work), text=True,
                         timeout=1500, env={**os.environ, "WGAUDIT_BROWSER": str(BUILD)})
    return run.returncode == 0
