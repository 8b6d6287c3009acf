#!/usr/bin/env python3
"""Whether dashboards/images has a picture of each dashboard, and of nothing else.

usage: tests/dashboards/pictures.py    prints their sizes; exit 1 where one is missing
"""
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parent))
import lint  # noqa: E402

IMAGES = lint.ROOT / "dashboards" / "images"
LARGEST = 400 << 10  # bytes: the repository keeps every version of them


def size_of(path):
    """(width, height) by the header of a PNG (its clause 11.2.2)."""
    head = path.read_bytes()[:24]
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        raise ValueError(f"{path.name} is no PNG")
    return struct.unpack(">II", head[16:])


def problems():
    names = {path.stem for path in lint.FILES}
    there = {path.stem for path in IMAGES.glob("*.png")}
    yield from (f"no picture of {name}" for name in sorted(names - there))
    yield from (f"a picture of no dashboard: {name}.png" for name in sorted(there - names))
    for path in sorted(IMAGES.glob("*.png")):
        if path.stat().st_size > LARGEST:
            yield f"{path.name} is larger than {LARGEST >> 10} KiB"


def main():
    found = list(problems())
    for line in found:
        print(line)
    sizes = [f"{path.name} {'x'.join(map(str, size_of(path)))} {path.stat().st_size >> 10} KiB"
             for path in sorted(IMAGES.glob("*.png"))]
    print(f"pictures of {len(sizes)} of {len(lint.FILES)} dashboards: {', '.join(sizes)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
