"""A request's URL and body, written safely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import orjson

_PORTS: Final = {"https": 443, "http": 80}
_KEPT_IN_PATH: Final = "/%:@!$&'()*+,;=~"


def url_of(base: str, path: str, params: Mapping[str, str | int] | None) -> str:
    """The URL below `base`: whatever `path` holds, it neither leaves the host nor adds a query."""
    query = f"?{urlencode(params)}" if params else ""
    return f"{base.rstrip('/')}/{quote(path.lstrip('/'), safe=_KEPT_IN_PATH)}{query}"


def url_as_written(base: str, target: str) -> str:
    """The URL of a path with its query that goes out byte for byte; `base` has no path itself."""
    if target and target[0] not in "/?":
        raise ValueError("a target begins with / or ?")
    return f"{base.rstrip('/')}{target}"


def server_of(base: str) -> tuple[str, int]:
    """Host and port of a base URL, which must be absolute and carry no credentials."""
    parts = urlsplit(base)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ValueError("base_url: http:// or https://, a host, no credentials, no query")
    return parts.hostname, parts.port or _PORTS[parts.scheme]


def body_of(
    json: object, form: Mapping[str, str] | None, content: bytes | str | None
) -> tuple[bytes, dict[str, str]]:
    """The bytes of the one body that is given, and the header that says what they are."""
    if sum(body is not None for body in (json, form, content)) > 1:
        raise ValueError("a request has one body: json, form or content")
    if json is not None:
        return orjson.dumps(json), {"Content-Type": "application/json"}
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return content.encode() if isinstance(content, str) else content or b"", {}
