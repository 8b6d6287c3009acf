#!/usr/bin/env python3
"""Fails on an include that points upward or sideways; the table is the one of ARCHITECTURE.md.

usage: check_arrows.py SOURCE_DIR [--self-test]
"""
import pathlib
import re
import sys

# folder -> folders of ours it may include, beside itself
MODEL = {"collectors/model"}
COLLECT = MODEL | {"collectors/clock", "collectors/secret"}
AUDIT = MODEL | {"audit"}
VERSION = {"exporter/version"}
ALLOWED = {
    "collectors/model": set(),
    "collectors/clock": MODEL,
    "collectors/secret": set(),
    "collectors/netlink": COLLECT,
    "collectors/uapi": COLLECT,
    "collectors/dump": COLLECT,
    "collectors/wgconf": MODEL | {"collectors/secret"},
    "collectors/child": COLLECT | {"collectors/netlink", "collectors/uapi", "collectors/dump"},
    "audit": MODEL,
    "exporter/version": set(),
    "exporter/codec": AUDIT | VERSION,
    "exporter/store": AUDIT,
    "exporter/net": MODEL,
    "exporter/signing": MODEL | {"collectors/secret"},
    "exporter/sinks": AUDIT | {"collectors/secret", "exporter/codec", "exporter/net",
                               "exporter/signing", "exporter/store"},
    "exporter/verify": AUDIT | {"exporter/codec", "exporter/net", "exporter/signing", "exporter/sinks"},
    "exporter/metrics": AUDIT | VERSION | {"exporter/codec"},
    "exporter/pages": AUDIT | VERSION | {"exporter/codec", "exporter/metrics"},
    "exporter/web": AUDIT | VERSION | {"exporter/codec", "exporter/config", "exporter/metrics", "exporter/pages"},
    "exporter/config": AUDIT | VERSION | {"collectors/secret", "exporter/codec", "exporter/net"},
}
EVERYTHING = {"exporter/daemon", "exporter/commands", "exporter"}
# third-party header -> folders that may name it; in .cpp files only
RESTRICTED = {
    "nlohmann/": {"exporter/codec"},
    "httplib.h": {"exporter/web"},
    "libmnl/": {"collectors/netlink"},
    "yaml-cpp/": {"exporter/config"},
    "CLI/": {"exporter/config", "exporter/commands"},
    "prometheus/": {"exporter/metrics"},
    "spdlog/": {"exporter/daemon", "exporter/commands", "exporter"},
    "sqlite3.h": {"exporter/store"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def folder_of(path: str) -> str:
    folder = str(pathlib.PurePosixPath(path).parent)
    if folder.startswith("audit"):
        return "audit"
    return folder


def violations(path: str, text: str):
    here = folder_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        ours, theirs = match.groups()
        if ours:
            there = folder_of(ours)
            known = here in ALLOWED or here in EVERYTHING
            if not known:
                yield f"{path}:{number}: folder {here} is not in the table of arrows"
            elif there != here and here not in EVERYTHING and there not in ALLOWED[here]:
                yield f"{path}:{number}: {here} may not include {ours}"
            elif here in EVERYTHING and there.startswith("tests"):
                yield f"{path}:{number}: product code may not include {ours}"
        else:
            for header, folders in RESTRICTED.items():
                if theirs.startswith(header) and (here not in folders or path.endswith(".hpp")):
                    yield f"{path}:{number}: <{theirs}> belongs in a .cpp of {sorted(folders)}"


def self_test():
    bad = [
        ("collectors/model/key.cpp", '#include "audit/judge.hpp"'),
        ("audit/judge.cpp", '#include "exporter/web/server.hpp"'),
        ("audit/judge.cpp", "#include <nlohmann/json.hpp>"),
        ("exporter/codec/inventory.hpp", "#include <nlohmann/json.hpp>"),
        ("somewhere/new.cpp", '#include "audit/judge.hpp"'),
    ]
    good = [
        ("audit/judge.cpp", '#include "collectors/model/key.hpp"'),
        ("exporter/codec/inventory.cpp", "#include <nlohmann/json.hpp>"),
    ]
    for path, text in bad:
        assert list(violations(path, text)), f"not caught: {path}: {text}"
    for path, text in good:
        assert not list(violations(path, text)), f"wrongly caught: {path}: {text}"


def main() -> int:
    self_test()
    root = pathlib.Path(sys.argv[1])
    found = []
    count = 0
    for top in ("collectors", "audit", "exporter"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            count += 1
            found += violations(file.relative_to(root).as_posix(), file.read_text())
    print(*found, sep="\n")
    print(f"{count} files, {len(found)} arrows that point the wrong way")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
