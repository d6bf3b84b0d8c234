"""Host names that may only lead outside: what strangers gave us must not reach our own network.

Checked at the moment of connecting, on the very addresses that are connected to, so a name that
leads elsewhere a moment later gains nothing.
"""

from __future__ import annotations

import socket

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from unshackled.outbound.addresses import is_public


class PublicResolver(ThreadedResolver):
    """Resolves names as the system does, and forgets every address that is not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of a name; `OSError` when it has none."""
        found = await super().resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError("the name leads to no public address")
        return public
