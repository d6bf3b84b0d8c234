"""Dead letters: read, replayed and discarded by a named person, for a reason."""

from datetime import UTC, datetime

from tests.http.ops.test_actions import act, ask, code, trail
from tests.http.world import ApiHarness
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.store.side_tables.dead_letters import LetterRecord
from unshackled.store.stored_records import EventRow

AT = datetime(2026, 11, 22, tzinfo=UTC)


class Fussy:
    """A consumer that takes an event once it was mended."""

    name = "fussy"

    def __init__(self) -> None:
        self.mended = False
        self.taken: list[str] = []

    async def take(self, event: EventRow) -> None:
        """Take it, or break."""
        if not self.mended:
            raise ValueError("poison")
        self.taken.append(event.id)


async def with_letter() -> tuple[ApiHarness, Fussy, str]:
    """An application with one dead letter."""
    world, fussy = ApiHarness(), Fussy()
    await world.open()
    letters = world.store.tables.dead_letters
    event = EventRow(
        checkout="chk_1",
        retailer="northstar",
        version=7,
        index=0,
        type="step.passed.v1",
        at=AT,
        data={"step": "stock"},
    )
    letter = LetterRecord(
        consumer=fussy.name,
        event=event,
        error="ValueError",
        detail="",
        tries=5,
        first_at=AT,
        last_at=AT,
    )
    await letters.add(letter)
    world.rebuild(letters=DeadLetterService(letters, [fussy], world.clock))
    return world, fussy, letter.id


async def test_a_letter_is_listed_and_read() -> None:
    """With its event; the summary counts it."""
    world, _, letter = await with_letter()
    (item,) = (await ask(world, "letters?retailer=northstar&consumer=fussy"))["items"]
    assert (item["id"], item["tries"], item["type"]) == (letter, 5, "step.passed.v1")
    assert "data" not in item
    assert (await ask(world, f"letters/{letter}"))["data"] == {"step": "stock"}
    (count,) = (await ask(world, "summary"))["counts"]
    assert (count["retailer"], count["state"], count["count"]) == ("northstar", "dead_letter", 1)
    await world.engine.close()


async def test_a_letter_is_replayed_once_its_consumer_was_mended() -> None:
    """Before, it stays open with one try more; afterwards it is closed and never taken twice."""
    world, fussy, letter = await with_letter()
    failed = await act(world, f"letters/{letter}/replay")
    assert (failed.json()["state"], failed.json()["tries"]) == ("open", 6)
    fussy.mended = True
    done = await act(world, f"letters/{letter}/replay")
    assert done.json()["state"] == "replayed"
    again = await act(world, f"letters/{letter}/discard")
    assert (again.status_code, code(again)) == (409, "letter_closed")
    assert fussy.taken == ["chk_1-7-0"]
    assert [e["outcome"] for e in await trail(world, subject=letter)][-1] == "refused"
    await world.engine.close()


async def test_a_letter_is_discarded_by_two_where_that_is_set() -> None:
    """Its consumer never gets it."""
    world, fussy, letter = await with_letter()
    world.rebuild(second_person=frozenset({"discard"}))
    asked = await act(world, f"letters/{letter}/discard")
    assert asked.status_code == 202
    await act(world, f"requests/{asked.json()['id']}/approve", who="bob")
    (item,) = (await ask(world, "letters?state=discarded"))["items"]
    assert item["id"] == letter
    assert fussy.taken == []
    await world.engine.close()


async def test_where_the_consumer_does_not_run_a_letter_cannot_be_replayed(
    world: ApiHarness,
) -> None:
    """It says so; an unknown letter is 404."""
    other, _, letter = await with_letter()
    other.rebuild(letters=None)
    away = await act(other, f"letters/{letter}/replay")
    assert (away.status_code, code(away)) == (409, "unknown_consumer")
    assert (await act(world, "letters/none/replay")).status_code == 404
    await other.engine.close()
