"""The guards of conftest guard."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "shop.example"])
def test_network_is_refused(host: str) -> None:
    """A connection to anything but loopback fails the test that makes it."""
    with pytest.raises(AssertionError, match="tests stay on loopback"):
        socket.create_connection((host, 80), timeout=1)


def test_loopback_is_allowed() -> None:
    """A server on loopback can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
