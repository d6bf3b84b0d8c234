"""Reads a `multipart/form-data` body (RFC 7578), strictly: these bytes and no others."""

from __future__ import annotations

import re
from email.message import Message
from typing import Final

BREAK: Final = b"\r\n"
NAME: Final = re.compile(r'form-data;(?:.*;)?\s*name="([^"]*)"', re.IGNORECASE)


def fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form by their names; `ValueError` for anything that is not one."""
    boundary = _boundary(content_type)
    rest = BREAK + body
    opening, *parts = rest.split(BREAK + b"--" + boundary)
    if opening or not parts or parts[-1] not in (b"--", b"--" + BREAK):
        raise ValueError("boundaries")
    return dict(_field(part) for part in parts[:-1])


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise ValueError("not multipart/form-data")
    return boundary.encode("ascii")


def _field(part: bytes) -> tuple[str, bytes]:
    head, found, value = part.partition(BREAK * 2)
    lines = head.decode("utf-8").split("\r\n")
    if not found or lines[0]:
        raise ValueError("part")
    headers = {name.strip().lower(): said for name, _, said in (s.partition(":") for s in lines)}
    name = NAME.match(headers.get("content-disposition", "").strip())
    if name is None:
        raise ValueError("name")
    return name[1], value
