"""SOAP 1.1 over HTTP (W3C note of 8 May 2000): envelopes out, responses and faults in."""

from __future__ import annotations

import re
from typing import Final

from unshackled.outbound import Answer, HttpClient
from unshackled.sdk import xml
from unshackled.sdk.xml import Element, Markup

NAMESPACE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
# Faults of section 4.4.1 that say that the message itself was not acted on.
OF_THE_CALLER: Final = frozenset({"Client", "MustUnderstand", "VersionMismatch"})

_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="{encoding}"?>'
    '<soap:Envelope xmlns:soap="{soap}"{default}>{header}'
    "<soap:Body>{body}</soap:Body></soap:Envelope>"
)
_HEADER: Final = "<soap:Header>{header}</soap:Header>"
_DEFAULT: Final = ' xmlns="{namespace}"'
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE)


class Fault(Exception):
    """The backend answered with a fault.

    `side` is the fault code's local name up to its first dot, e.g. `Client` or `Server`; `code` is
    the text of the first `Code` in the detail, empty where there is none. The fault's own words
    are not kept: backends quote there what they were sent.
    """

    def __init__(self, side: str, code: str, detail: Element | None = None) -> None:
        super().__init__(f"{side} {code}".strip())
        self.side = side
        self.code = code
        self.detail = detail


def envelope(
    body: Markup, *, header: Markup | None = None, namespace: str = "", encoding: str = "utf-8"
) -> bytes:
    """A message around a body and header blocks; `namespace` is the default one inside.

    A character that the encoding does not have is written as a reference: `us-ascii` is safe
    with backends that take one encoding for another.
    """
    text = xml.render(
        _ENVELOPE,
        encoding=encoding,
        soap=NAMESPACE,
        default=xml.render(_DEFAULT, namespace=namespace) if namespace else Markup(),
        header=Markup() if header is None else xml.render(_HEADER, header=header),
        body=body,
    )
    return text.encode(encoding, "xmlcharrefreplace")


async def post(
    http: HttpClient, path: str, action: str, message: bytes, *, encoding: str = "utf-8"
) -> Answer:
    """Send an envelope for a `SOAPAction`; status 500 is an answer too, for faults have it.

    Raises what `HttpClient.request` raises.
    """
    headers = {
        "Content-Type": f"text/xml; charset={encoding}",
        "SOAPAction": f'"{action}"',
        "Accept": "text/xml",
    }
    return await http.request("POST", path, content=message, headers=headers, expect=(500,))


def opened(answer: Answer, response: str) -> Element:
    """The element of this local name in the body of an answer.

    Raises `Fault` for a fault, whatever the status, and `InDoubt` for anything that is no answer:
    malformed XML, a DOCTYPE, another element, a status 500 without a fault.
    """
    try:
        root = xml.parse(answer.body, encoding=charset_of(answer))
        fault = xml.find(root, "Body/Fault")
        if fault is not None:
            raise _read(fault)
    except ValueError as error:
        raise answer.malformed(f"{response}: {error}") from None
    found = xml.find(root, f"Body/{response}")
    if answer.status == 500 or found is None:
        raise answer.malformed(f"{response}: not in it")
    return found


def fault_of(answer: Answer) -> Fault | None:
    """The fault in an answer; None where there is none that can be read."""
    try:
        found = xml.find(xml.parse(answer.body, encoding=charset_of(answer)), "Body/Fault")
        return None if found is None else _read(found)
    except ValueError:
        return None


def charset_of(answer: Answer) -> str | None:
    """The charset that the answer's header names; it goes before the XML declaration."""
    found = _CHARSET.search(answer.headers.get("Content-Type", ""))
    return found[1] if found else None


def _read(fault: Element) -> Fault:
    side = xml.text(fault, "faultcode").rpartition(":")[2].partition(".")[0]
    detail = xml.find(fault, "detail")
    code = None if detail is None else xml.find(detail, "Code")
    return Fault(side, (code.text or "").strip() if code is not None else "", detail)
