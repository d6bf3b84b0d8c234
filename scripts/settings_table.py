"""Write docs/settings.md from the settings class; `--check` only compares."""

import sys
from datetime import timedelta
from pathlib import Path

from unshackled.settings import ServiceSettings, variable

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

The environment of the process sets it up; nothing else does. What belongs to a retailer (flows,
providers, limits) is in its flow file. A variable that starts with `UNSHACKLED_` and is not in this
table stops the process, so a typing error cannot pass unseen; so does a wrong value. The message
names the variable, never the value.

"""
FOOT = """
Kubernetes adds `UNSHACKLED_PORT` and others by itself to every pod beside a Service that is named
`unshackled`: set `enableServiceLinks: false`.

This page is written by `make docs` and compared by a test.
"""


def shown(value: object) -> str:
    """A default as one would write it in the environment."""
    if value is None:
        return "none"
    if isinstance(value, timedelta):
        return f"`{value.total_seconds():g}`"
    if value == frozenset():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def page() -> str:
    """The whole page."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in ServiceSettings.model_fields.items():
        default = shown(field.get_default(call_default_factory=True))
        rows.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return HEAD + "\n".join(rows) + "\n" + FOOT


def main() -> int:
    """Write the page, or with `--check` say whether it is as it should be."""
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == page() else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
