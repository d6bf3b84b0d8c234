"""Snapshots: what they keep, what lies in which part, and what is left after erasing."""

from datetime import timedelta

import orjson
import pytest

from unshackled.domain.checkout import (
    Cancellation,
    Checkout,
    PastEffect,
    Private,
    StepsPrivate,
    StepState,
    UndoState,
)
from unshackled.domain.codec import canonical
from unshackled.domain.erasure import ERASED, required_personal
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import fields_of
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.errors import StoreError, Unreadable
from unshackled.store.snapshot import FORMAT, NOTHING, WITH_RUNS, WITHOUT_RUNS, dump, parse
from unshackled.testing.made_up_checkouts import checkout_of, run_of, step_of
from unshackled.testing.samples import NOW, PACKAGE, QUOTE, TRADE_IN

LATER = NOW + timedelta(microseconds=1)
SECRETS = ("Featherstone", "Longacre", "00012345", "https://pay.example/p/1", TRADE_IN.imei, "c-77")
FULL_STEP = replace(
    step_of(1),
    state=State.IN_DOUBT,
    code="provider_unavailable",
    tried=("a", "b"),
    down=("c",),
    held=True,
    send_by=LATER,
    give_up_at=LATER,
    next_at=LATER,
    deadline_at=LATER,
    expires_at=LATER,
)
PRIVATE = Private(
    customer_ref="c-77",
    inputs={"contact": {"family_name": "Featherstone", "age": 36, "second": None}},
    offers={"slot": [{"id": "slot-1", "price": 0}, {"id": "slot-2", "price": None}]},
    outputs={"address": {"line1": "1 Longacre Mews"}},
    requests={"full": {"account": {"account_number": "00012345"}}},
    undos={"REF": {"account_number": "00012345"}},
    links={"full": "https://pay.example/p/1"},
)
FULL = replace(
    checkout_of(),
    paused_at=NOW,
    completed_at=LATER,
    canceled=Cancellation(code="expired", by="clock", at=NOW),
    steps={"full": FULL_STEP, "bare": StepState()},
    undos={
        "REF": UndoState(
            step="full",
            provider="psp",
            handle=None,
            goal=State.SKIPPED,
            give_up_at=NOW,
            next_at=NOW,
            attempts=3,
            failed=True,
        )
    },
    past={"OLD": PastEffect(step="full", provider="psp")},
    private=PRIVATE,
)
# The same with a case, in which there is something personal too.
WITH_RUN = replace(
    FULL,
    runs={"refund-1": run_of()},
    private=replace(
        PRIVATE, runs={"refund-1": StepsPrivate(inputs={"account": {"name": "Okonkwo-Haigh"}})}
    ),
)


@pytest.mark.parametrize(
    "checkout", [FULL, WITH_RUN, checkout_of(), checkout_of(steps=0, private=Private())]
)
def test_a_checkout_survives(checkout: Checkout) -> None:
    """A checkout is equal after it was written and read, down to the bytes that digests see."""
    again = parse(*dump(checkout))
    assert again == checkout
    assert canonical(again) == canonical(checkout)


def test_the_public_part_holds_nothing_personal() -> None:
    """Personal values lie in the personal part only, nested ones too."""
    public, personal = dump(FULL)
    assert [word for word in SECRETS if word.encode() in public] == []
    assert [word for word in SECRETS if word.encode() not in personal] == []


def test_what_is_personal_of_a_case_lies_in_the_personal_part() -> None:
    """Of a run the public part has its steps and what it is about; erasing takes all else."""
    public, personal = dump(WITH_RUN)
    assert b"Okonkwo" not in public
    assert b"Okonkwo" in personal
    assert b"goodwill" in public
    assert parse(public, NOTHING).runs == WITH_RUN.runs
    assert parse(public, NOTHING).private == Private()


def test_what_is_at_its_default_takes_no_room() -> None:
    """A step that has not begun is an empty object."""
    assert orjson.loads(dump(FULL)[0])["steps"]["bare"] == {}


def test_an_erased_checkout_still_loads() -> None:
    """Without its personal part a checkout is the same but for what was personal."""
    erased = parse(dump(FULL)[0], NOTHING)
    assert erased.private == Private()
    assert erased.selection.trade_in is not None
    assert erased.package.trade_in is not None
    assert {erased.selection.trade_in.imei, erased.package.trade_in.imei} == {ERASED}
    imei = TRADE_IN.imei
    selection = replace(erased.selection, trade_in=replace(erased.selection.trade_in, imei=imei))
    package = replace(erased.package, trade_in=replace(erased.package.trade_in, imei=imei))
    assert replace(erased, selection=selection, package=package, private=PRIVATE) == FULL


def test_erasing_invents_nothing() -> None:
    """Where there was no trade-in there is none afterwards."""
    plain = checkout_of(
        selection=Selection(tariff="sim-50gb"), package=Package(), private=Private()
    )
    public, personal = dump(plain)
    assert personal == NOTHING
    assert parse(public, NOTHING) == plain


def test_every_required_personal_field_can_be_marked_as_erased() -> None:
    """The marker is text, so every personal field without a default must be text."""
    for path in required_personal(Checkout):
        shape: type = Checkout
        for name in path[:-1]:
            arms = getattr(fields_of(shape)[name], "__args__", (fields_of(shape)[name],))
            shape = next(arm for arm in arms if arm is not type(None))
        assert fields_of(shape)[path[-1]].__origin__ is str
    assert ("package", "trade_in", "imei") in required_personal(Checkout)


def test_a_broken_snapshot_is_named_without_its_values() -> None:
    """What cannot be read says which field, never what was in it."""
    public, personal = dump(FULL)
    broken = orjson.loads(personal)
    broken["private"]["inputs"] = "Featherstone"
    with pytest.raises(StoreError, match=r"private\.inputs") as raised:
        parse(public, orjson.dumps(broken))
    assert "Featherstone" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_snapshot_carries_the_number_of_its_format() -> None:
    """One without a number is of the version that wrote none."""
    public, personal = dump(FULL)
    known = orjson.loads(public)
    assert known["format"] == WITHOUT_RUNS
    del known["format"]
    assert parse(orjson.dumps(known), personal) == FULL


def test_only_a_checkout_with_cases_is_of_the_newer_format() -> None:
    """Replicas of the version before, which knows no cases, read all others, and refuse these."""
    formats = [orjson.loads(dump(one)[0])["format"] for one in (FULL, WITH_RUN)]
    assert formats == [WITHOUT_RUNS, WITH_RUNS]
    assert b"runs" not in b"".join(dump(FULL))


@pytest.mark.parametrize("number", [FORMAT + 1, 99, 0, -1, "2", None])
def test_a_newer_format_is_not_for_this_version(number: object) -> None:
    """It is refused by name: written back, what this version does not know would be lost."""
    public, personal = dump(FULL)
    newer = orjson.dumps({**orjson.loads(public), "format": number})
    with pytest.raises(Unreadable, match=f"this version reads up to {FORMAT}"):
        parse(newer, personal)


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("steps", "full"),
        ("undos", "REF"),
        ("past", "OLD"),
        ("canceled",),
        ("package", "trade_in"),
        ("quote",),
        ("selection",),
    ],
)
def test_a_field_that_is_not_known_is_not_for_this_version(path: tuple[str, ...]) -> None:
    """Wherever it lies in the public part; its value is never in the message."""
    public, personal = dump(replace(FULL, package=PACKAGE, quote=QUOTE))
    known = orjson.loads(public)
    part = known
    for name in path:
        part = part[name]
    part["colour"] = "mauve"
    with pytest.raises(Unreadable, match="colour") as refused:
        parse(orjson.dumps(known), personal)
    assert "mauve" not in str(refused.value)


def test_a_personal_field_that_is_not_known_is_not_for_this_version() -> None:
    """The personal part is as strict as the public one."""
    public, personal = dump(FULL)
    known = orjson.loads(personal)
    known["private"]["moods"] = {}
    with pytest.raises(Unreadable, match="moods"):
        parse(public, orjson.dumps(known))


def test_a_broken_snapshot_is_broken_in_any_version() -> None:
    """A field that is missing or of another type is no matter of versions."""
    public, personal = dump(FULL)
    known = {**orjson.loads(public), "colour": 1, "bucket": "many"}
    with pytest.raises(StoreError, match="bucket") as refused:
        parse(orjson.dumps(known), personal)
    assert not isinstance(refused.value, Unreadable)
