"""Write the tables of docs/observability.md from the code; `--check` only compares."""

import re
import sys
from pathlib import Path

from unshackled.telemetry.instruments import INSTRUMENTS, scraped_label
from unshackled.telemetry.names import MEANINGS

PAGE = Path(__file__).parent.parent / "docs" / "observability.md"


def names() -> str:
    """Our own labels, attributes and fields."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in MEANINGS.items()]
    return "\n".join(["| name | meaning |", "|---|---|", *rows])


def metrics() -> str:
    """Every metric as a scrape shows it."""
    rows = []
    for one in INSTRUMENTS.values():
        labels = ", ".join(f"`{scraped_label(label)}`" for label in one.labels)
        rows.append(f"| `{one.scraped}` | {labels} | {one.meaning} |")
    return "\n".join(["| metric | labels | meaning |", "|---|---|---|", *rows])


TABLES = {"names": names, "metrics": metrics}


def page(text: str) -> str:
    """The page with its tables made anew, each between its two comments."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: made by `make docs` -->", f"<!-- end of {name} -->"
        pattern = re.escape(begin) + r".*?" + re.escape(end)
        made = f"{begin}\n{table()}\n{end}".replace("\\", r"\\")
        text, found = re.subn(pattern, made, text, flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"{PAGE}: the comments around the table {name} are not there once")
    return text


def main() -> int:
    """Write the page, or with `--check` say whether it is as it should be."""
    text = PAGE.read_text()
    if "--check" in sys.argv:
        return 0 if text == page(text) else 1
    PAGE.write_text(page(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
