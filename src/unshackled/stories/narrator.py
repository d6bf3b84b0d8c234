"""What a story prints: what people do on which day, and what is on paper and in the books then."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from unshackled.stories.ledger_text import ledger_lines

Json = Any
WIDTH: Final = 100
ZONE: Final = ZoneInfo("Europe/London")
INDENT: Final = " " * 13
DOES: Final[Mapping[str, str]] = {
    "submit": "gives",
    "show": "is shown",
    "choose": "chooses",
    "redirect": "goes to the provider's page for",
    "renew": "wants again, after a while, the",
    "confirm": "says yes to the",
    "retry": "tries again",
}


class Narrator:
    """Prints a story with `say`, a line each; `now` is the moment of what happens."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], datetime]) -> None:
        """Nothing is printed yet."""
        self._say = say
        self._now = now
        self._day = ""
        self._acts: list[str] = []

    def title(self, text: str) -> None:
        """The headline of a story."""
        self._say(f"\n{text}\n{'─' * WIDTH}")
        self._day = ""

    def line(self, text: str) -> None:
        """What happens, after the day where that is another one."""
        self.end_acts()
        for part in textwrap.wrap(text, WIDTH - len(INDENT)):
            self._line(part)

    def act(self, checkout: Json, action: Json) -> None:
        """What a customer does; printed with the rest of the kind."""
        self._acts.append(act_of(checkout, action))

    def end_acts(self) -> None:
        """Print what the customer did since the last line."""
        acts, self._acts = self._acts, []
        for text in wrapped(acts):
            self._line(text)

    def _line(self, text: str) -> None:
        day = f"{self._now().astimezone(ZONE):%d %b %Y}"
        self._say(f"{day if day != self._day else '':<13}{text}")
        self._day = day

    def documents(self, listed: Sequence[Json]) -> None:
        """What is on paper, by how it stands."""
        self.end_acts()
        by_standing: dict[str, list[str]] = {}
        for one in listed:
            by_standing.setdefault(one["standing"].replace("_", " "), []).append(one["title"])
        for standing, titles in by_standing.items():
            self._block(f"{standing}: ", ", ".join(titles))

    def _block(self, head: str, text: str) -> None:
        for index, line in enumerate(wrapped([f"{head}{text}"])):
            self._say(f"{INDENT}{'  ' if index else '▪ '}{line}")

    def ledger(self, ledger: Json) -> None:
        """What each owes and paid the other."""
        self.end_acts()
        for line in ledger_lines(ledger):
            self._say(f"{INDENT}{line}")
        self._say(f"{INDENT}all even" if ledger["even"] else f"{INDENT}not even yet")


def act_of(checkout: Json, action: Json) -> str:
    """An action in words, e.g. `gives bank account`."""
    if action["step"] is None:
        return "takes another package"
    does = {step["name"]: step["does"] for step in checkout["steps"]}[action["step"]]
    # A call reads `agreement.sign`: there the step's own name says more.
    about = action["step"] if "." in does else does
    return f"{DOES.get(action['type'], action['type'])} {about.replace('_', ' ')}"


def wrapped(words: Iterable[str]) -> list[str]:
    """Phrases in lines that fit; those with the same verb share it."""
    joined: list[str] = []
    verb = ""
    for phrase in words:
        head, _, rest = phrase.partition(" ")
        joined.append(rest if head == verb == "gives" else phrase)
        verb = head
    return textwrap.wrap(", ".join(joined), WIDTH - len(INDENT)) if joined else []
