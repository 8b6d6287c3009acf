"""Clients that mean no good. Each runs in a thread of its own until it is left."""
import contextlib
import selectors
import socket
import ssl
import threading
import time


class Attack:
    """`with` runs step() again and again."""
    pause = 0.0  # seconds between two steps

    def __init__(self, address, source=None):
        host, port = address.rsplit(":", 1)
        self.address, self.source = (host, int(port)), source
        self.steps = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def connect(self):
        where = (self.source, 0) if self.source else None
        return socket.create_connection(self.address, timeout=5, source_address=where)

    def step(self):
        raise NotImplementedError

    def _run(self):
        while not self._stop.wait(self.pause):
            with contextlib.suppress(OSError):
                self.step()
            self.steps += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)


class SlowCrowd(Attack):
    """Holds `count` connections open, each with a head that goes on a byte at a time; one that the
    server closes is opened anew."""
    pause = 0.5

    def __init__(self, address, count, source=None, first=b"GET /metrics HTTP/1.1\r\nX: "):
        super().__init__(address, source)
        self.count, self.first = count, first
        self.sockets = []
        self.fill()

    def fill(self):
        while len(self.sockets) < self.count:
            one = self.connect()
            if self.first:
                one.sendall(self.first)
            one.setblocking(False)
            self.sockets.append(one)

    def open(self):
        """How many the server has not closed."""
        return sum(not self._is_closed(one) for one in self.sockets)

    @staticmethod
    def _is_closed(one):
        try:
            return len(one.recv(4096)) >= 0  # an answer, or the end
        except BlockingIOError:
            return False
        except OSError:
            return True

    def step(self):
        for one in list(self.sockets):
            try:
                if self._is_closed(one):
                    raise ConnectionResetError
                if self.first:
                    one.send(b"y")
            except OSError:
                one.close()
                self.sockets.remove(one)
        self.fill()

    def __exit__(self, *_):
        super().__exit__()
        for one in self.sockets:
            one.close()


class Flood(Attack):
    """Sends `begin`, then `more` for as long as the server takes it."""

    def __init__(self, address, begin, more, limit=64 << 20):
        super().__init__(address)
        self.begin, self.more, self.limit = begin, more, limit
        self.taken = 0  # bytes, of the connection that took the most

    def step(self):
        with self.connect() as one:
            sent = 0
            one.sendall(self.begin)
            try:
                while sent < self.limit and not self._stop.is_set():
                    one.sendall(self.more)
                    sent += len(self.more)
                    self.taken = max(self.taken, sent)
            except OSError:
                return


class Speak(Attack):
    """Says the same on each connection, and reads what comes back."""
    pause = 0.01

    def __init__(self, address, words, source=None):
        super().__init__(address, source)
        self.words = words

    def step(self):
        with self.connect() as one:
            one.sendall(self.words)
            read_all(one)


def read_all(one, seconds=10):
    deadline, text = time.monotonic() + seconds, b""
    while time.monotonic() < deadline:
        try:
            piece = one.recv(65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    return text


def ask(address, words, source=None, context=None):
    """One connection, everything that comes back; through TLS with a `context`."""
    host, port = address.rsplit(":", 1)
    where = (source, 0) if source else None
    with socket.create_connection((host, int(port)), timeout=10, source_address=where) as plain:
        if context is None:
            plain.sendall(words)
            return read_all(plain)
        with context.wrap_socket(plain, server_hostname="gw1") as one:
            one.sendall(words)
            return read_all(one)


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def trusting(authority, certificate=None, key=None):
    """A client's TLS that trusts one authority."""
    context = ssl.create_default_context(cafile=str(authority))
    if certificate:
        context.load_cert_chain(str(certificate), str(key))
    return context


def held_open(sockets, seconds):
    """How many are still open after so long."""
    selector, closed = selectors.DefaultSelector(), set()
    for one in sockets:
        one.setblocking(False)
        selector.register(one, selectors.EVENT_READ)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and len(closed) < len(sockets):
        for key, _ in selector.select(left):
            closed.add(key.fd)
            selector.unregister(key.fileobj)
    return len(sockets) - len(closed)
