"""What a process remembers for good has a bound: `functools.cache` never forgets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import unshackled

ROOT = Path(unshackled.__file__).parent
# Parts of the product that no server loads.
ELSEWHERE = ("testing", "proving", "authoring")
# Classes are as many as the code has.
CLASSES = ("type", "type[Record]")
# By name, what else bounds the arguments.
BOUNDED = {
    "_adapter": "classes",
    "_converter": "classes",
    "declared": "classes",
    "fields_of": "classes",
    "schema": "classes",
    "catalogue": "languages with a file",
    "market_pack": "markets with a file",
    "_loose": "kinds of flows: a purchase, a case, and the opening of one",
    "_prices": "parts of a package",
    "operations": "capabilities",
    "template_words": "templates with a file",
    "page_files": "folders of built pages: one in a process",
    "information_form": "groups of fields that a lender may ask for",
}


def remembered() -> Iterator[tuple[str, list[str]]]:
    """Each function under `cache`, or `lru_cache` of no size, with its arguments' types."""
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = {ast.unparse(one) for one in node.decorator_list}
                if marks & {"cache", "functools.cache", "lru_cache(maxsize=None)"}:
                    shapes = [ast.unparse(one.annotation or one) for one in node.args.args]
                    yield node.name, shapes


def test_what_is_never_forgotten_is_as_much_as_the_code_has() -> None:
    """By class, by nothing, or by what is named above; never by what comes with a request."""
    found = dict(remembered())
    wrong = {
        name: shapes
        for name, shapes in found.items()
        if name not in BOUNDED and any(shape not in CLASSES for shape in shapes)
    }
    assert not wrong
    assert BOUNDED.keys() <= found.keys()
