#!/usr/bin/env python3
"""Pictures of the dashboards: drawn by Grafana's own components (@grafana/ui) in Chromium, with what
`tests/dashboards/run --minutes N --record FILE` found. To be looked at, then kept in
dashboards/images.

usage: tests/dashboards/draw/draw.py FILE OUT [NAME …]     installs 440 MB into build/dashboards/draw
"""
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "lib"))
import npm  # noqa: E402


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    build = HERE.parents[2] / "build" / "dashboards" / HERE.name
    npm.install(HERE, build)
    for name in ("page.jsx", "draw.mjs"):
        shutil.copy(HERE / name, build)
    recorded, out, *names = sys.argv[1:]
    return subprocess.run(["node", build / "draw.mjs", pathlib.Path(recorded).resolve(),
                           pathlib.Path(out).resolve(), *names], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
