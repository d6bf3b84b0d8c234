"""XML from old backends is read without trusting it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unshackled.sdk import xml

BOMB = (
    b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">'
    b'<!ENTITY z "&y;&y;&y;&y;&y;&y;&y;&y;">]><a>&z;</a>'
)


def test_values_are_found_in_any_namespace() -> None:
    """A path of local names finds its element whatever prefix the backend uses."""
    root = xml.parse(b'<s:A xmlns:s="urn:x"><s:B><C> 7 </C></s:B></s:A>')
    assert xml.text(root, "B/C") == "7"
    assert [xml.local_name(item) for item in xml.find_all(root, "B")] == ["B"]


def test_a_missing_value_is_named() -> None:
    """A path without text is a ValueError that names the path, not the document."""
    with pytest.raises(ValueError, match=r"^B/C: missing$"):
        xml.text(xml.parse(b"<A><B><C/></B></A>"), "B/C")


def test_an_external_entity_is_not_read(tmp_path: Path) -> None:
    """A document that asks for a file of ours is refused, and the file stays out of the error."""
    secret = tmp_path / "secret"
    secret.write_text("rosebud")
    attack = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'
    with pytest.raises(ValueError, match="document type") as caught:
        xml.parse(attack.encode())
    assert "rosebud" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [BOMB, BOMB.decode().encode("utf-16"), b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'],
    ids=["bomb", "bomb in UTF-16", "external DTD"],
)
def test_a_document_type_is_refused(body: bytes) -> None:
    """Nothing of ours needs a DOCTYPE, so a document with one is refused unexpanded."""
    with pytest.raises(ValueError, match=r"^XML with a document type$|^malformed XML$"):
        xml.parse(body)


@pytest.mark.parametrize("body", [b"", b"<a>", b'{"half": ', b"<a>\xff</a>", b"<a/><b/>"])
def test_what_is_no_xml_is_refused(body: bytes) -> None:
    """Malformed bytes are a ValueError that does not quote them."""
    with pytest.raises(ValueError, match=r"^malformed XML$"):
        xml.parse(body)


def test_values_cannot_become_markup() -> None:
    """What a customer types stays text in elements and attributes, control characters gone."""
    name = "</A><B x='1' y=\"2\">&amp;\x00\x0b"
    document = xml.render('<A n="{name}">{name}{inner}</A>', name=name, inner=xml.Markup("<C/>"))
    root = xml.parse(document.encode())
    assert root.text == name.replace("\x00", " ").replace("\x0b", " ")
    assert root.get("n") == root.text
    assert xml.find(root, "C") is not None
    assert xml.find(root, "B") is None
