"""Ports of 127.0.0.1 for what a test starts."""
import socket


def free_port(kind=socket.SOCK_STREAM):
    """Another may take it before it is used."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
