"""Why a customer of the demo could not buy, in words: the problem, the steps, the providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Json = Any
# What a call came to where nothing is wrong with it.
FINE: Final = frozenset({"passed", "pending", "redirect", "done", "absent", "ok"})
CALLS_SHOWN: Final = 5


def problem_line(status: int, document: Json) -> str:
    """A problem document in one line; any other answer by its status."""
    if not isinstance(document, Mapping) or "title" not in document:
        return f"status {status}"
    errors = document.get("errors") or ()
    wrong = "; ".join(f"{one.get('path')}: {one.get('message')}" for one in errors)
    named = {
        **{key: document[key] for key in ("allowed", "providers", "steps") if document.get(key)}
    }
    more = "".join(f" ({key}: {', '.join(map(str, names))})" for key, names in named.items())
    return f"{status} {document['title']}: {wrong or document.get('detail')}{more}"


def standing_lines(checkout: Mapping[str, Json]) -> list[str]:
    """Where a checkout stands: its messages, and each step that is neither done nor untouched."""
    said = [
        f"message {one['code']} at {one['path']}: {one['content']}"
        for one in checkout.get("messages", ())
    ]
    steps = [
        f"step {step['name']}: {step['state']}{_of(step)}"
        for step in checkout["steps"]
        if step["state"] not in ("passed", "skipped", "undone", "pending", "ready")
    ]
    return [f"the checkout is {checkout['status']}", *said, *steps]


def _of(step: Mapping[str, Json]) -> str:
    code = f" ({step['code']})" if step["code"] else ""
    return f"{code} at {step['provider']}" if step["provider"] else code


def call_lines(spans: Iterable[Mapping[str, Json]]) -> list[str]:
    """The last calls that came to no good, each once."""
    found = [
        f"call {span['operation']} at {span['provider']}: {span['outcome']}"
        for span in spans
        if span["outcome"] not in FINE
    ]
    return list(dict.fromkeys(found))[-CALLS_SHOWN:]


def failure(retailer: str, what: str, lines: Sequence[str] = ()) -> str:
    """The whole text: who, what, and below it why."""
    return "\n".join([f"{retailer}: {what}", *(f"  {line}" for line in lines)])
