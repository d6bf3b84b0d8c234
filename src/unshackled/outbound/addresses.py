"""Which addresses in numbers lie outside our own network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # RFC 4291 section 2.4: all that is given out
NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4 as an IPv6-only network reaches it
SIX_TO_FOUR: Final = IPv6Network("2002::/16")  # RFC 7526: given up; carries an IPv4 address


def is_public(address: str) -> bool:
    """Whether an address in numbers lies outside: no private, local, reserved or multicast one.

    An IPv6 address that carries an IPv4 one (mapped, NAT64) is judged by that; the other forms
    that carry one lead nowhere that a server is.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast
    inner = _carried(found)
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and found in GLOBAL_UNICAST and found not in SIX_TO_FOUR


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped
