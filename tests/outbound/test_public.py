"""Names that strangers gave us lead outside or nowhere."""

from __future__ import annotations

import pytest

from unshackled.errors import NotSent
from unshackled.outbound import HttpClient
from unshackled.outbound.addresses import is_public
from unshackled.outbound.public import PublicResolver


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::8.8.8.8", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b:1::10.0.0.1", False),
        ("2002:a00:1::", False),
        ("2002:808:808::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("::10.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("::ffff:0:0:127.0.0.1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("4000::1", False),
        ("::", False),
        ("shop.example", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    """Only what the whole world can reach."""
    assert is_public(address) is public


async def test_a_name_of_this_machine_has_no_address() -> None:
    """`localhost` leads inside, so it leads nowhere."""
    with pytest.raises(OSError, match="no public address"):
        await PublicResolver().resolve("localhost", 80)


async def test_nothing_is_sent_inside() -> None:
    """A client for public servers does not connect to a name that leads to this machine."""
    client = HttpClient("webhook", "http://localhost:1", public_only=True)
    with pytest.raises(NotSent):
        await client.request("POST", "/hooks")
    await client.aclose()
