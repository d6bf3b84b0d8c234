"""What the present call has sent and been answered: the facts of its failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from unshackled.errors import AnswerSummary, ProviderError
from unshackled.outbound.answer import Answer
from unshackled.outbound.marks import Marks

USUAL: Final = Marks()


@dataclass(slots=True)
class RequestTrail:
    """The requests of one call; `answer` is that to the last one, None while there is none."""

    marks: Marks = USUAL
    answer: Answer | None = None
    sends: int = 0

    def sent(self, marks: Marks) -> None:
        """A request goes out; what an earlier one was answered explains nothing any more."""
        self.marks, self.answer = marks, None
        self.sends += 1

    def last_answer(self) -> AnswerSummary:
        """What the vendor said last."""
        return self.marks.summary_of(self.answer, self.sends)


_current: ContextVar[RequestTrail | None] = ContextVar("trail", default=None)


def current_trail() -> RequestTrail | None:
    """The trail of the call we are in, if there is one."""
    return _current.get()


@contextmanager
def followed() -> Iterator[RequestTrail]:
    """Follow the requests of the body; a `ProviderError` out of it has what the vendor said."""
    trail = RequestTrail()
    token = _current.set(trail)
    try:
        yield trail
    except ProviderError as error:
        error.summary = trail.last_answer()
        raise
    finally:
        _current.reset(token)
