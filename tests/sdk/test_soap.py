"""SOAP 1.1 is written so that old backends read it, and read without trusting them."""

from __future__ import annotations

import httpx
import pytest

from unshackled.sdk import Answer, HttpClient, InDoubt, soap, xml
from unshackled.sdk.xml import Markup

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def answered(body: str | bytes, status: int = 200, content_type: str = "text/xml") -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    headers = httpx.Headers({"content-type": content_type})
    return Answer(provider="old", status=status, headers=headers, body=raw)


def message(inside: str, prefix: str = "s") -> str:
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="{SOAP}"><{prefix}:Body>{inside}</{prefix}:Body>'
        f"</{prefix}:Envelope>"
    )


def faulting(code: str, detail: str = "") -> str:
    return message(
        f"<s:Fault><faultcode>{code}</faultcode><faultstring>said</faultstring>{detail}</s:Fault>"
    )


def fault_of(body: str, status: int = 500) -> soap.Fault:
    with pytest.raises(soap.Fault) as caught:
        soap.opened(answered(body, status), "R")
    return caught.value


def test_an_envelope_has_what_it_was_given() -> None:
    """Header, body and default namespace arrive; without a header there is no header element."""
    root = xml.parse(soap.envelope(Markup("<A/>"), header=Markup("<H/>"), namespace="urn:x"))
    assert [xml.local_name(part) for part in root] == ["Header", "Body"]
    assert xml.find_all(root, "A")[0].tag == "{urn:x}A"
    assert b"Header" not in soap.envelope(Markup("<A/>"))


def test_a_character_that_the_encoding_lacks_is_a_reference() -> None:
    """Plain ASCII carries every name, whatever encoding the backend takes it for."""
    written = soap.envelope(xml.render("<A>{name}</A>", name="Zoë 漢"), encoding="us-ascii")
    assert written.isascii()
    assert xml.text(xml.parse(written), "A") == "Zoë 漢"


async def test_a_message_is_posted_with_its_action() -> None:
    """The action is quoted in its header, and a status 500 is an answer."""
    seen: list[httpx.Request] = []

    def backend(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500, content=faulting("s:Server"))

    http = HttpClient("old", "http://old.example", transport=httpx.MockTransport(backend))
    answer = await soap.post(http, "/service", "urn:x/Do", b"<A/>", encoding="us-ascii")
    assert answer.status == 500
    assert seen[0].headers["soapaction"] == '"urn:x/Do"'
    assert seen[0].headers["content-type"] == "text/xml; charset=us-ascii"


@pytest.mark.parametrize("prefix", ["s", "SOAP-ENV", "soapenv"])
def test_the_response_is_found_under_any_prefix(prefix: str) -> None:
    """Prefixes and namespaces of a response vary from release to release."""
    found = soap.opened(answered(message('<n:R xmlns:n="urn:y"><V>7</V></n:R>', prefix)), "R")
    assert xml.text(found, "V") == "7"


@pytest.mark.parametrize(
    ("code", "side"),
    [
        ("s:Client", "Client"),
        ("Server", "Server"),
        ("SOAP-ENV:Client.Authentication", "Client"),
        ("wsse:FailedAuthentication", "FailedAuthentication"),
    ],
)
def test_a_fault_says_whose_it_is(code: str, side: str) -> None:
    """The side is the local name up to its first dot, with status 500 or 200 alike."""
    assert fault_of(faulting(code)).side == side
    assert fault_of(faulting(code), 200).side == side


def test_a_fault_keeps_its_code_and_not_its_words() -> None:
    """The first code of the detail is kept, in any namespace; what the backend said is not."""
    fault = fault_of(
        faulting("s:Client", '<detail><f:F xmlns:f="urn:f"><f:Code> E7 </f:Code></f:F></detail>')
    )
    assert (fault.code, str(fault)) == ("E7", "Client E7")
    assert fault_of(faulting("s:Client")).code == ""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"half": ', 200),
        (message("<Other/>"), 200),
        (message("<R/>"), 500),
        (message("<s:Fault/>"), 500),
        (f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>{message("<R>&x;</R>")}', 200),
    ],
)
def test_what_is_no_answer_is_a_doubt(body: str, status: int) -> None:
    """Garbage, another element, a bare 500, a fault without a code and a DOCTYPE prove nothing."""
    with pytest.raises(InDoubt):
        soap.opened(answered(body, status), "R")


def test_the_headers_charset_goes_before_the_declaration() -> None:
    """Latin-1 is read where the declaration says so, and where the header does instead."""
    declared = f'<?xml version="1.0" encoding="ISO-8859-1"?>{message("<R><V>Zoë</V></R>")}'
    read = soap.opened(answered(declared.encode("latin-1")), "R")
    assert xml.text(read, "V") == "Zoë"
    for kind in ("text/xml; charset=ISO-8859-1", 'text/xml;Charset="iso-8859-1"'):
        bare = answered(message("<R><V>Zoë</V></R>").encode("latin-1"), content_type=kind)
        assert xml.text(soap.opened(bare, "R"), "V") == "Zoë"


def test_an_unknown_charset_is_a_doubt() -> None:
    """A charset that nobody knows makes an answer unreadable, not an exception of its own."""
    with pytest.raises(InDoubt, match="unknown encoding"):
        soap.opened(answered(message("<R/>"), content_type="text/xml; charset=klingon"), "R")
