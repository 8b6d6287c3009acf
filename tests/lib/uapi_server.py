"""A stand-in for a userspace WireGuard: answers get=1 on a socket, with peers that tests change.

https://www.wireguard.com/xplatform/ is what it speaks; keys are in base64 here, in hex there.
"""
import base64
import dataclasses
import hashlib
import os
import socket
import threading


def key_of(name):
    """A public key that is a function of the name, for no private key."""
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def to_hex(key):
    return base64.b64decode(key).hex()


@dataclasses.dataclass
class Peer:
    name: str
    allowed_ips: list
    last_handshake: int = 0  # seconds since 1970; 0: never
    endpoint: str = "198.51.100.7:1024"
    received_bytes: int = 1000
    sent_bytes: int = 2000
    preshared: bool = False  # whether it has a preshared key

    def lines(self):
        yield f"public_key={to_hex(key_of(self.name))}"
        yield f"preshared_key={int(self.preshared):064x}"
        yield "protocol_version=1"
        yield f"endpoint={self.endpoint}"
        yield f"last_handshake_time_sec={self.last_handshake}"
        yield "last_handshake_time_nsec=0"
        yield f"tx_bytes={self.sent_bytes}"
        yield f"rx_bytes={self.received_bytes}"
        yield "persistent_keepalive_interval=0"
        yield from (f"allowed_ip={prefix}" for prefix in self.allowed_ips)


class UapiServer:
    """One interface. `peers` is a dict by name, to be changed with `lock` held, so that an answer is
    before or after; `answers = False` lets clients wait for ever."""

    def __init__(self, directory, interface, peers=()):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.peers = {peer.name: peer for peer in peers}
        self.answers = True
        self.lock = threading.Lock()
        self.set_private_key(interface)
        self._waiting = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(os.path.join(directory, f"{interface}.sock"))
        self._socket.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    def set_private_key(self, name):
        """One that is a function of the name."""
        self._private_key = hashlib.sha256(name.encode()).hexdigest()

    def put(self, *peers):
        with self.lock:
            self.peers |= {peer.name: peer for peer in peers}

    def remove(self, name):
        with self.lock:
            del self.peers[name]

    def _answer(self):
        with self.lock:
            lines = [f"private_key={self._private_key}", "listen_port=51820", "fwmark=0"]
            for peer in self.peers.values():
                lines += peer.lines()
        return "\n".join([*lines, "errno=0", "", ""]).encode()

    def _serve(self):
        while True:
            client, _ = self._socket.accept()
            if not self.answers:
                self._waiting.append(client)  # held open, never answered
                continue
            with client:
                client.settimeout(5)
                try:
                    if client.recv(64).startswith(b"get=1\n"):
                        client.sendall(self._answer())
                except OSError:
                    pass  # the client's business: it went away
