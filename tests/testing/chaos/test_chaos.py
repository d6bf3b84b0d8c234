"""The parts of chaos that need no process: who is struck, what counts as lost and as doubled."""

import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

from unshackled.demo_mode import demo_key as known_key
from unshackled.proving.chaos.balancer import Balancer
from unshackled.proving.chaos.chaos_environment import RETAILERS, demo_key
from unshackled.proving.chaos.chaos_report import DOUBLED, LOST
from unshackled.proving.chaos.storm import BAG, rounds
from unshackled.proving.own_processes import OwnProcess


def test_customers_use_the_keys_of_the_demo() -> None:
    """Replicas in demo mode know them."""
    assert {one: demo_key(one) for one in RETAILERS} == {one: known_key(one) for one in RETAILERS}


def test_the_seed_decides_the_order_and_every_round_has_all_kinds() -> None:
    """The same seed strikes in the same order; each round is the whole bag."""
    first, again = (list(islice(rounds(Random(7)), 2 * len(BAG))) for _ in range(2))
    assert first == again
    assert Counter(first[: len(BAG)]) == Counter(BAG) == Counter(first[len(BAG) :])


def test_an_ill_replica_is_asked_last(tmp_path: Path) -> None:
    """Turns go round, and who failed the check comes behind the others."""
    replicas = [OwnProcess(command="serve", log=tmp_path / str(number)) for number in range(3)]
    balancer = Balancer(replicas=replicas)
    assert len({balancer.order()[0].port for _ in range(3)}) == 3
    balancer.ill.add(replicas[1].port)
    assert [balancer.order()[-1].port for _ in range(3)] == [replicas[1].port] * 3


def _named(kind: re.Pattern[str], *lines: str) -> list[bool]:
    return [bool(kind.search(line)) for line in lines]


def test_what_is_lost_and_what_is_doubled_is_told_apart() -> None:
    """By the words of the invariants; an end that is not whole is neither."""
    lines = (
        "chk_1 (northstar): orders.place: 0 standing, its step is passed, completed",
        "orders.place REF was done 2 times",
        "chk_2 belongs to nobody",
        "chk_1 (northstar): completed with 2 orders",
        "message REF is lost: said to be sent, and it was not",
        "chk_1 (orbit): canceled, and 4900 of its money is kept",
    )
    assert _named(LOST, *lines) == [True, False, False, False, True, False]
    assert _named(DOUBLED, *lines) == [False, True, True, True, False, False]
