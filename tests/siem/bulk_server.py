"""A stand-in for the _bulk interface of Elasticsearch: stores what is created, by its id."""
import base64
import collections
import http.server
import json
import re
import threading


class BulkServer:
    """`documents`: {id: raw line}; `repeated` counts what was there already (409). A request that
    is not as Elasticsearch wants it is kept in `problems` and answered 400. Before `start`
    connections are refused; while `busy` the answer is 503."""

    def __init__(self, index, user, password):
        self.documents, self.repeated, self.problems = {}, collections.Counter(), []
        self.busy = False
        self._index = index
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self.answer(200, {})

            def do_GET(self):
                self.answer(200, {"version": {"number": "8.17.0"}})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(*outer.take(self.path, self.headers, body))

            def answer(self, status, value):
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler,
                                                       bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.server_bind()
        self.port = self._server.server_address[1]

    def start(self):
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        if self.busy:
            return 503, {"error": "busy"}
        if headers["Authorization"] != self._authorization:
            return self._problem(401, "wrong user or password")
        lines = body.split(b"\n")
        if lines.pop() != b"" or len(lines) % 2:
            return self._problem(400, f"{len(lines)} lines, or no line feed at the end")
        index = re.fullmatch(r"(?:/([^/]+))?/_bulk", path.partition("?")[0].replace("//", "/"))
        if index is None:
            return self._problem(400, f"path {path}")
        items = [self._create(index[1], lines[i], lines[i + 1]) for i in range(0, len(lines), 2)]
        return 200, {"errors": any(i["create"]["status"] > 201 for i in items), "items": items}

    def _problem(self, status, why):
        self.problems.append(why)
        return status, {"error": why}

    def _create(self, index, action, line):
        try:
            meta, event = json.loads(action)["create"], json.loads(line)
            assert meta.get("_index", index) == self._index, meta
            assert set(meta) <= {"_index", "_id"}, meta  # Elasticsearch 8 knows no _type
            assert meta["_id"] == event["event"]["id"], meta
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            self.problems.append(f"{error!r}: {action!r} {line!r}")
            return {"create": {"status": 400, "error": {"type": "x"}}}
        with self._lock:
            known = meta["_id"] in self.documents
            self.repeated[meta["_id"]] += known
            self.documents.setdefault(meta["_id"], line)
        return {"create": {"_id": meta["_id"], "status": 409 if known else 201}}
