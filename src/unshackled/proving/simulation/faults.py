"""How bad the weather of one simulated world is; every number is a probability or in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What can go wrong, and how often; one value is drawn for each seed."""

    not_sent: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    broken_answer: float = 0.0
    slow: float = 0.0
    refused: float = 0.0
    declined: float = 0.0
    waits: float = 0.0
    store_refuses: float = 0.0
    store_forgets_to_answer: float = 0.0
    crash: float = 0.0
    freeze: float = 0.0
    edits: float = 0.0
    leaves: float = 0.0
    impatient: float = 0.0
    skew_seconds: float = 0.0
    undo_breaks: float = 0.0
    other_amounts: float = 0.0
    hold_seconds: int = 1_800


CALM = Weather()
LEVELS = (0.0, 0.0, 0.02, 0.1, 0.3)


def weather_of(random: Random) -> Weather:
    """A seed's weather: each kind of trouble is absent, rare, common or very common."""
    draw = random.choice
    return Weather(
        not_sent=draw(LEVELS),
        request_lost=draw(LEVELS),
        answer_lost=draw(LEVELS),
        broken_answer=draw(LEVELS),
        slow=draw(LEVELS),
        refused=draw((0.0, 0.0, 0.0, 0.02)),
        declined=draw((0.0, 0.05, 0.2)),
        waits=draw((0.0, 0.2, 0.5)),
        store_refuses=draw((0.0, 0.0, 0.02, 0.1)),
        store_forgets_to_answer=draw((0.0, 0.0, 0.02, 0.1)),
        crash=draw((0.0, 0.3, 0.7, 0.95)),
        freeze=draw((0.0, 0.0, 0.3, 0.6)),
        edits=draw((0.0, 0.05, 0.2)),
        leaves=draw((0.0, 0.05, 0.2)),
        impatient=draw((0.0, 0.1, 0.4)),
        skew_seconds=draw((0.0, 0.5, 1.5)),
        undo_breaks=draw((0.0, 0.0, 0.0, 0.2)),
        other_amounts=draw((0.0, 0.0, 0.0, 0.1)),
        hold_seconds=draw((1_800, 1_800, 300, 120)),
    )
