"""Results that are remembered by identity."""

from functools import partial

from unshackled.domain.memo import Memo


def test_the_same_parts_are_worked_out_once() -> None:
    """The very same objects give the result of before; equal ones that are others do not."""
    memo: Memo[int] = Memo()
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    one, other = [1], [1]
    assert [memo.get(one, make=make), memo.get(one, make=make)] == [1, 1]
    assert memo.get(other, make=make) == 2
    assert memo.get(one, other, make=make) == 3


def test_what_gave_nothing_is_remembered_too() -> None:
    """None is a result like others."""
    memo: Memo[int | None] = Memo()
    part = [1]
    made: list[None] = []
    for _ in range(2):
        assert memo.get(part, make=lambda: made.append(None)) is None
    assert len(made) == 1


def test_no_identity_is_given_twice_while_it_is_remembered() -> None:
    """Parts live as long as their result: another object never has the identity of one of them."""
    memo: Memo[str] = Memo(size=50)
    found = [memo.get([number], make=partial(str, number)) for number in range(500)]
    assert found == [str(number) for number in range(500)]


def test_the_oldest_results_are_dropped() -> None:
    """Never more than its size is kept."""
    memo: Memo[int] = Memo(size=2)
    parts = [[0], [1], [2]]
    for number, part in enumerate(parts):
        memo.get(part, make=partial(int, number))
    assert memo.get(parts[2], make=lambda: -1) == 2
    assert memo.get(parts[0], make=lambda: -1) == -1
