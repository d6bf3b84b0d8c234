"""What is wrong with a flow file: every mistake, each at its file and line, by a stable code.

UnshackledError
├─ FlowMistake    one mistake
└─ FlowMistakes   all mistakes of all files; the service does not start
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from unshackled.errors import UnshackledError
from unshackled.flow.language.diagnostic_codes import CODES
from unshackled.flow.language.yaml_marks import Mark


class FlowMistake(UnshackledError):
    """One mistake: where it is, its stable code, what is wrong and what is allowed."""

    def __init__(self, file: str, line: int, code: str, message: str) -> None:
        super().__init__(f"{file}:{line}: {code}: {message}")
        self.file = file
        self.line = line
        self.code = code
        self.message = message


class FlowMistakes(UnshackledError):
    """Every mistake that was found, in the order of files and lines."""

    def __init__(self, mistakes: Sequence[FlowMistake]) -> None:
        ordered = sorted(mistakes, key=lambda m: (m.file, m.line, m.code, m.message))
        super().__init__("\n".join(str(mistake) for mistake in ordered))
        self.mistakes = tuple(ordered)


@dataclass(slots=True)
class Report:
    """Collects mistakes, so that all are told at once; the same one counts once.

    `cases` are those of the conditions of the file at hand, as far as they were counted.
    """

    found: dict[str, FlowMistake] = field(default_factory=dict)
    cases: int = 0

    def add(self, mark: Mark, code: str, message: str) -> None:
        """Note a mistake; the code is one of `CODES`."""
        if code not in CODES:
            raise KeyError(code)
        mistake = FlowMistake(mark.file, mark.line, code, message)
        self.found.setdefault(str(mistake), mistake)

    def __len__(self) -> int:
        return len(self.found)

    def refuse(self) -> None:
        """Raise `FlowMistakes` if there is any."""
        if self.found:
            raise FlowMistakes(list(self.found.values()))


def listed(names: object) -> str:
    """Names for a message: sorted, or that there are none."""
    known = sorted(names)  # type: ignore[call-overload]
    return ", ".join(known) if known else "none"
