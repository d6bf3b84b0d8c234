"""Write docs/messages.md from the catalogues; `--check` only compares."""

import sys
from pathlib import Path

from unshackled.messages.message_catalogue import LANGUAGES, catalogue

PAGE = Path(__file__).parent.parent / "docs" / "messages.md"
HEAD = """# Messages

What customers read, by its code: the `messages` of a checkout, the `errors` of a refused form or
package, the documents that they are shown and the lines that steps bring to their quote, in the
language of the checkout's `locale`. A locale may begin with {languages}; the sentences are
data, in `src/unshackled/messages/`. See [api.md](api.md#messages) for what a page does with them.

`{{thing}}` is what the message is about (`subject` in its `params`), `{{who}}` is at work; amounts
and moments are written as the locale writes them. A code that an adapter of your own declines with
is told as its kind: `declined`.
"""
TABLES = {
    "sentences": "Codes",
    "things": "What it is about",
    "people": "Who is at work",
    "documents": "Titles of documents",
    "labels": "Labels in documents",
    "texts": "Texts in documents",
    "lines": "Lines of a quote that steps bring",
    "fields": "Fields of forms",
    "hints": "Hints in forms",
    "forms": "What a form asks for",
    "problems": "Problems, for the customer of a checkout",
}
FOOT = """
This page is written by `make docs` and compared by a test.
"""


def table(name: str, title: str) -> str:
    """One part of the catalogues, a column a language."""
    columns = {language: getattr(catalogue(language), name) for language in LANGUAGES}
    rows = [f"| code | {' | '.join(LANGUAGES)} |", "|---" * (1 + len(LANGUAGES)) + "|"]
    for code in columns["en"]:
        known = "all else" if code == "-" else f"`{code}`"
        rows.append(f"| {known} | {' | '.join(words[code] for words in columns.values())} |")
    return f"\n## {title}\n\n" + "\n".join(rows) + "\n"


def page() -> str:
    """The whole page."""
    languages = " or ".join(f"`{language}`" for language in LANGUAGES)
    tables = "".join(table(name, title) for name, title in TABLES.items())
    return HEAD.format(languages=languages) + tables + FOOT


def main() -> int:
    """Write the page, or with `--check` say whether it is as it should be."""
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == page() else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
