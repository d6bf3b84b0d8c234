"""XML that is safe to read and to write: no entities, no document types, no network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from lxml.etree import XMLParser, _Element

Element: TypeAlias = "_Element"

_QUOTES = {'"': "&quot;", "'": "&apos;"}
# XML 1.0 section 2.2: of the control characters only tab, line feed and return may be written.
_UNWRITABLE = dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF), " ")


def parse(body: bytes, *, encoding: str | None = None) -> Element:
    """The root of a document; `encoding` goes before the one that it declares.

    Raises `ValueError` where it is malformed, has a DOCTYPE, or the encoding is unknown.
    """
    from lxml import etree  # noqa: PLC0415  17 MB that only XML backends need

    try:
        parser = _parser(encoding)
        root = etree.fromstring(body, parser)
    except LookupError:
        raise ValueError("an unknown encoding") from None
    except etree.XMLSyntaxError:
        # Not chained: its text quotes the document.
        raise ValueError("malformed XML") from None
    if root.getroottree().docinfo.doctype:
        raise ValueError("XML with a document type")
    return root


def _parser(encoding: str | None) -> XMLParser:
    from lxml import etree  # noqa: PLC0415  as above

    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def find(element: Element, path: str) -> Element | None:
    """The first descendant at a path of local names, e.g. `Order/Number`, in any namespace."""
    return element.find(_in_any_namespace(path))


def find_all(element: Element, path: str) -> list[Element]:
    """Every descendant at a path of local names."""
    return list(element.iterfind(_in_any_namespace(path)))


def text(element: Element, path: str) -> str:
    """The text at a path; raises `ValueError` naming the path where there is none."""
    found = find(element, path)
    if found is None or not (found.text or "").strip():
        raise ValueError(f"{path}: missing")
    return str(found.text).strip()


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


class Markup(str):
    """Text that is XML already: `render` puts it in as it is."""

    __slots__ = ()


def render(template: str, **values: object) -> Markup:
    """A template with its `{names}` filled in, escaped for text and for attributes."""
    written = {
        name: value if isinstance(value, Markup) else _escaped(str(value))
        for name, value in values.items()
    }
    return Markup(template.format_map(written))


def join(parts: Iterable[Markup]) -> Markup:
    """Several pieces one after the other."""
    return Markup("".join(parts))


def _escaped(value: str) -> str:
    return escape(value.translate(_UNWRITABLE), _QUOTES)


def _in_any_namespace(path: str) -> str:
    return ".//" + "/".join(f"{{*}}{part}" for part in path.split("/"))
