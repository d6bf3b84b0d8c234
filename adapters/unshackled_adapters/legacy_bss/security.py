"""Who we are: a WS-Security user name with a password digest.

OASIS Web Services Security, UsernameToken Profile 1.0 (March 2004), section 3.1.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime
from typing import Final

from unshackled.sdk import xml

_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE: Final = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU: Final = f"{_OASIS}-wssecurity-utility-1.0.xsd"
DIGEST: Final = f"{_OASIS}-username-token-profile-1.0#PasswordDigest"
BASE64: Final = f"{_OASIS}-soap-message-security-1.0#Base64Binary"

_HEADER: Final = (
    '<wsse:Security xmlns:wsse="{wsse}" xmlns:wsu="{wsu}" soap:mustUnderstand="1">'
    "<wsse:UsernameToken><wsse:Username>{user}</wsse:Username>"
    '<wsse:Password Type="{kind}">{digest}</wsse:Password>'
    '<wsse:Nonce EncodingType="{base64}">{nonce}</wsse:Nonce>'
    "<wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"
)


def token(user: str, password: str, *, nonce: bytes, now: datetime) -> xml.Markup:
    """The header block for one message; `nonce` is random and never used again."""
    created = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return xml.render(
        _HEADER,
        wsse=WSSE,
        wsu=WSU,
        kind=DIGEST,
        base64=BASE64,
        user=user,
        digest=digest(nonce, created, password),
        nonce=b64encode(nonce).decode(),
        created=created,
    )


def digest(nonce: bytes, created: str, password: str) -> str:
    """Base64 of SHA-1 over the nonce's bytes, the time as written, and the password."""
    hashed = hashlib.sha1(nonce + created.encode() + password.encode())  # noqa: S324  the profile's
    return b64encode(hashed.digest()).decode()
