"""Twilio's signature: HMAC-SHA1 over the address and the sorted parameters of a form.

It has no time in it, so an old callback cannot be told from a new one: what is read from it must
be harmless when repeated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from unshackled.sdk import BadSignature, RawCallback, SecretStr

HEADER: Final = "X-Twilio-Signature"
PORTS: Final = {"https": 443, "http": 80}
Pairs = list[tuple[str, str]]


def sign(token: SecretStr, url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The header's value for a form sent to an address, just as it was given to Twilio."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.new(token.get_secret_value().encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def verified(raw: RawCallback, token: SecretStr) -> Pairs:
    """The parameters of a callback from who knows the token; raises `BadSignature`.

    The port that goes without saying may be in the signed address or not.
    """
    try:
        text = raw.body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise BadSignature("callback is no form") from None
    given = raw.header(HEADER).encode()
    expected = [sign(token, url, pairs).encode() for url in _spellings(raw.url)]
    if not any(hmac.compare_digest(one, given) for one in expected):
        raise BadSignature(f"{HEADER}: does not match address and form")
    return pairs


def _spellings(url: str) -> Iterator[str]:
    yield url
    parts = urlsplit(url)
    usual = PORTS.get(parts.scheme)
    if parts.port is None and usual and parts.hostname:
        yield _at(parts, f"{parts.netloc}:{usual}")
    elif parts.port == usual:
        yield _at(parts, parts.netloc.rpartition(":")[0])


def _at(parts: SplitResult, netloc: str) -> str:
    return parts._replace(netloc=netloc).geturl()
