"""A PostgreSQL 15 of this test alone: on 127.0.0.1, gone with its directory."""
import os
import pathlib
import shutil
import subprocess

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")
USER = "postgres"  # of the package; PostgreSQL refuses to run as root


def as_user(command):
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", *command]


def run(*command, **kwargs):
    done = subprocess.run(as_user([str(part) for part in command]), capture_output=True, text=True,
                          check=False, timeout=60, env={"PATH": "/usr/bin", "LC_ALL": "C.UTF-8"},
                          **kwargs)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr[-3000:]}")
    return done.stdout


class Postgres:
    def __init__(self, place, port):
        self.place, self.port = place, port
        place.mkdir()
        if os.geteuid() == 0:
            shutil.chown(place, USER, USER)
        run(BINARIES / "initdb", "-D", place / "data", "-A", "trust", "-U", USER, "--no-sync",
            cwd="/")
        options = (f"-c port={port} -c listen_addresses=127.0.0.1 -c fsync=off "
                   f"-c unix_socket_directories={place}")
        run(BINARIES / "pg_ctl", "-D", place / "data", "-w", "-s", "-l", place / "log", "-o",
            options, "start", cwd="/")

    def rows(self, sql):
        """Text: columns are tab-separated."""
        out = run(BINARIES / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                  "-h", "127.0.0.1", "-p", self.port, "-U", USER, "-d", "postgres", input=sql,
                  cwd="/")
        return [tuple(line.split("\t")) for line in out.splitlines()]

    def end(self):
        run(BINARIES / "pg_ctl", "-D", self.place / "data", "-m", "immediate", "-s", "stop",
            cwd="/")
