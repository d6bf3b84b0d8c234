"""What holds for every test: no network beyond loopback, reproducible examples."""

import ipaddress
import os
import sys

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


class NetworkUsed(AssertionError):
    """A test tried to reach something that is not on this machine."""


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost"}:
        return
    try:
        loopback = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        message = f"tests stay on loopback, {event} went to {host}"
        raise NetworkUsed(message)


sys.addaudithook(_refuse_network)
