#!/usr/bin/env python3
"""A stand-in for what takes NDJSON by HTTP: stores every line, synced before it answers 200.

usage: tests/lib/ndjson_receiver.py PORT FILE

It may be killed at any moment: what it answered for is in FILE. A line that was cut off stands
alone in its line, and comes again. With an empty FILE name it stores nothing, and checks that the
sequences of all lines follow on one another; `GET /` tells how far it got:
{"events", "bodies", "last", "gaps"}.
"""
import http.server
import json
import os
import re
import sys
import zlib

SEQUENCE = re.compile(rb'"sequence":(\d+)')


class Store:
    """Lines on a disk."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        size = os.fstat(self.fd).st_size
        with open(path, "rb") as file:
            file.seek(max(0, size - 1))
            if size and file.read() != b"\n":
                os.write(self.fd, b"\n")

    def take(self, body):
        rest = memoryview(body if body.endswith(b"\n") else body + b"\n")
        while rest:
            rest = rest[os.write(self.fd, rest):]
        os.fdatasync(self.fd)

    def told(self):
        return {}


class Order:
    """Numbers alone."""

    def __init__(self):
        self.events = self.bodies = self.last = self.gaps = 0

    def take(self, body):
        numbers = [int(number) for number in SEQUENCE.findall(body)]
        if not numbers:
            return
        if numbers != list(range(self.last + 1, self.last + 1 + len(numbers))):
            self.gaps += 1
        self.last = numbers[-1]
        self.events += len(numbers)
        self.bodies += 1

    def told(self):
        return vars(self)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet

    def answer(self, body=b""):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self):
        self.answer(json.dumps(self.server.lines.told()).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, wbits=31)
        self.server.lines.take(body)
        self.answer()

    def log_message(self, *_):
        pass


def main():
    port, path = int(sys.argv[1]), sys.argv[2]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.lines = Store(path) if path else Order()
    server.serve_forever()


if __name__ == "__main__":
    main()
