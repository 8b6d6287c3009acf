"""Stand-ins for what takes events by HTTP: Elasticsearch's _bulk, Splunk's event collector, Loki,
and anything that takes NDJSON; each as faulty as a test wants it.

A receiver stores what it takes by event.id and counts what it was given twice. Faults are functions
of the request, taken one after the other: None is "as it should be".
"""
import collections
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading


class Request:
    def __init__(self, path, headers, body):
        self.path, self.headers = path, headers
        self.zipped = headers.get("Content-Encoding") == "gzip"
        self.body = gzip.decompress(body) if self.zipped else body


class Receiver:
    """Listens on a free port of 127.0.0.1. `faults`: an iterable; it ends in good behaviour."""

    def __init__(self, faults=(), context=None, poison=lambda event: False):
        self.stored = {}  # event.id -> event, in the order of their coming
        self.repeated = 0
        self.requests, self.connections = [], 0
        self.poison = poison
        self._faults = collections.deque(faults)
        self._lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                receiver.connections += 1

            def do_POST(self):
                receiver.handle(self)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments):  # a client that goes away is what we test
                pass

            def get_request(self):
                connection, address = super().get_request()
                if context is not None:
                    # In the thread of the connection: a handshake that fails must not stop others.
                    connection = context.wrap_socket(connection, server_side=True,
                                                     do_handshake_on_connect=False)
                return connection, address

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, handler):
        length = int(handler.headers["Content-Length"])
        request = Request(handler.path, handler.headers, handler.rfile.read(length))
        with self._lock:
            self.requests.append(request)
            fault = self._faults.popleft() if self._faults else None
        answer = (fault or self.answer)(request)
        if callable(answer):  # it wants the connection itself
            answer(handler)
            return
        status, body = answer[:2]
        handler.send_response(status)
        for name, value in answer[2] if len(answer) > 2 else ():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def store(self, event):
        identity = event["event"]["id"]
        with self._lock:
            known = identity in self.stored
            self.repeated += known
            self.stored.setdefault(identity, event)
        return known

    def sequences(self):
        with self._lock:
            return [event["event"]["sequence"] for event in self.stored.values()]

    # --- what each kind does ---------------------------------------------------------------------

    def events_of(self, request):
        return [json.loads(line) for line in request.body.splitlines()]

    def answer(self, request):
        """All or nothing."""
        events = self.events_of(request)
        if any(self.poison(event) for event in events):
            return 400, b"no"
        for event in events:
            self.store(event)
        return 200, b""


class Bulk(Receiver):
    """Elasticsearch: an answer for each event."""

    def __init__(self, *arguments, busy=lambda event: False, **more):
        super().__init__(*arguments, **more)
        self.busy = busy

    def answer(self, request):
        lines = request.body.splitlines()
        items = []
        for action, line in zip(lines[::2], lines[1::2]):
            create, event = json.loads(action)["create"], json.loads(line)
            assert create["_id"] == event["event"]["id"]
            items.append({"create": {"_index": create.get("_index"), "_id": create["_id"],
                                     **self.item(event)}})
        errors = any(item["create"]["status"] >= 300 for item in items)
        return 200, json.dumps({"took": 1, "errors": errors, "items": items}).encode()

    def item(self, event):
        if self.poison(event):
            return {"status": 400, "error": {"type": "document_parsing_exception",
                                             "reason": "failed to parse\x1b[31m field [x]"}}
        if self.busy(event):
            return {"status": 429, "error": {"type": "es_rejected_execution_exception"}}
        if self.store(event):
            return {"status": 409, "error": {"type": "version_conflict_engine_exception"}}
        return {"status": 201}


class Collector(Receiver):
    """Splunk: names the first event that it does not like, having taken none."""

    def events_of(self, request):
        return [json.loads(line)["event"] for line in request.body.splitlines()]

    def answer(self, request):
        if request.headers["Authorization"] != "Splunk hec-token":
            return 403, b'{"text":"Invalid token","code":4}'
        for number, event in enumerate(self.events_of(request)):
            if self.poison(event):
                return 400, json.dumps({"text": "Invalid data format", "code": 6,
                                        "invalid-event-number": number}).encode()
        super().answer(request)
        return 200, b'{"text":"Success","code":0}'


class Loki(Receiver):
    def events_of(self, request):
        return [json.loads(line) for stream in json.loads(request.body)["streams"]
                for _, line in stream["values"]]

    def answer(self, request):
        status, _ = super().answer(request)
        return (204 if status == 200 else status), b""


# --- faults --------------------------------------------------------------------------------------


def status(code, body=b"", *headers):
    return lambda request: (code, body, headers)


def raw(data, then="close"):
    """Bytes instead of an answer; then the connection is closed, reset, or held."""
    def fault(request):
        def take(handler):
            handler.wfile.write(data)
            handler.wfile.flush()
            handler.close_connection = True
            if then == "reset":
                reset(handler)
            elif then == "hold":
                threading.Event().wait(5)
        return take
    return fault


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def endless(begin, piece):
    """Writes for ever, until the other side has enough."""
    def fault(request):
        def take(handler):
            handler.close_connection = True
            handler.wfile.write(begin)
            while True:
                handler.wfile.write(piece)
        return take
    return fault


def taken_but(receiver_of, fault):
    """Stores all of it, and then the fault: it comes again."""
    def both(request):
        receiver_of().answer(request)
        return fault(request)
    return both


def server_context(certificate, key, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
