"""Who may come in at the stand-in LineDesk: fresh tokens of a known user, each once."""

from __future__ import annotations

import hmac
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from unshackled.sdk import xml
from unshackled.sdk.answers import moment
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_bss.security import DIGEST, WSSE, digest

FRESH: Final = timedelta(minutes=5)


@dataclass(kw_only=True)
class Gate:
    """Checks a message's user name token; it remembers nonces for as long as they are fresh."""

    NAMESPACE: ClassVar[str] = WSSE

    password: str
    users: frozenset[str] = frozenset({"checkout", "demo-only"})
    messages: dict[bytes, datetime] = field(default_factory=dict)

    def refuses(self, root: Element, now: datetime) -> str | None:
        """The fault for a message that may not come in, None for one that may."""
        found = xml.find(root, "Header/Security/UsernameToken")
        if found is None:
            return "InvalidSecurity"
        password = xml.find_all(found, "Password")[0]
        if password.get("Type") != DIGEST:
            return "UnsupportedSecurityToken"
        created, nonce = xml.text(found, "Created"), b64decode(xml.text(found, "Nonce"))
        wanted = digest(nonce, created, self.password)
        known = xml.text(found, "Username") in self.users
        if not (known and hmac.compare_digest(wanted.encode(), (password.text or "").encode())):
            return "FailedAuthentication"
        if abs(now - moment(created)) > FRESH:
            return "MessageExpired"
        self.messages = {one: at for one, at in self.messages.items() if now - at <= 2 * FRESH}
        if nonce in self.messages:
            return "FailedAuthentication"
        self.messages[nonce] = now
        return None
