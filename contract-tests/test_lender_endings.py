"""Agreements that end at the stand-in lender: who owes whom what, by its own sums, in its book."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from unshackled.domain.records import replace
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Passed, Pending, Refused
from unshackled.sdk.ports import (
    CaseMoney,
    CaseRequest,
    CreditEnded,
    CreditStatement,
    ExistingAgreement,
)
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import CREDIT, request_for, sample
from unshackled_adapters.lender.fake import make

LENT: Final = CREDIT.amount
INSTALMENTS: Final = (*[LENT // 24] * 23, LENT - LENT // 24 * 23)
OPS: Final = all_operations()
LONDON: Final = "Europe/London"


class Lender(AdapterHarness):
    """A sale on credit at a moment, and what is asked about it later."""

    at: datetime = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)

    async def sell(self, at: datetime, *, amount: int = LENT, apr: str = "0.0") -> str:
        """Activate an agreement then; its number."""
        self.pass_to(at)
        shares = (*[amount // 24] * 23, amount - amount // 24 * 23)
        terms = replace(
            CREDIT,
            amount=amount,
            apr_percent=Decimal(apr),
            deposit=0,
            total_payable=amount,
            instalments=replace(
                CREDIT.instalments, first=shares[0], regular=shares[0], last=shares[-1]
            ),
        )
        for key in ("credit.quote", "credit.apply", "credit.activate"):
            operation = OPS[key]
            request = await self.prepare(operation)
            asked = replace(request, terms=terms) if hasattr(request, "terms") else request
            await self.run(operation, request=asked)
        number: str = self.history["credit.activate"].outcome.output.agreement
        return number

    def pass_to(self, at: datetime) -> None:
        """Time goes on."""
        self.at = at
        self.stand_in.now = lambda: self.at

    async def end(self, kind: Any = "withdrawal", *, lender: int = 0, **money: Any) -> Any:
        """End it by a case that is opened now."""
        operation = OPS["credit.end"]
        case = sample(CaseRequest, kind=kind, opened_at=self.at)
        told = CaseMoney(lender=lender, currency="GBP", **money)
        request = replace(await self.prepare(operation), case=case, money=told)
        call = self.call(operation, time_zone=LONDON)
        return await self.run(operation, call=call, request=request)

    async def repayment(self) -> Any:
        """Ask whether it was repaid."""
        operation = OPS["credit.repayment"]
        request = await self.prepare(operation)
        return await self.send(operation, request, self.call(operation))

    async def statement(self, zone: str = LONDON) -> Any:
        """Ask what was paid of it."""
        operation = OPS["credit.statement"]
        request = await self.prepare(operation)
        return await self.send(operation, request, self.call(operation, time_zone=zone))

    async def post(self, path: str, **data: int) -> int:
        """A control of the stand-in; its status."""
        transport = httpx.ASGITransport(self.stand_in.app())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as web:
            return (await web.post(path, json=data)).status_code

    def balance(self) -> dict[tuple[str, str], int]:
        """What went from whom to whom, less what came back."""
        pairs = (("lender", "retailer"), ("customer", "lender"))
        return {pair: self.stand_in.moved(*pair) for pair in pairs}


class Sold(Suite):
    adapter = "lender"
    settings = {  # noqa: RUF012 - as in every suite
        "api_key": "key_made_up",
        "callback_secret": "demo-only-lender-callback-secret",
    }
    bench_type = Lender


@pytest.fixture
def lender() -> Lender:
    suite = Sold()
    adapter = suite.declared()
    settings = adapter.settings.model_validate({"base_url": BASE_URL, **suite.settings})
    return Lender(adapter=adapter, stand_in=make(decide_after=0.0), settings=settings)


# Worked by hand: capital x rate x days / 36,500, the day of the drawdown not counted, half up.
WITHDRAWN: Final = [
    # 66,900 at 0 %: nothing for thirteen days
    (
        66_900,
        "0.0",
        (datetime(2026, 11, 2, 10, tzinfo=UTC), datetime(2026, 11, 15, 9, tzinfo=UTC)),
        0,
    ),
    # 66,900 x 9.9 x 13 / 36,500 = 235.89
    (
        66_900,
        "9.9",
        (datetime(2026, 11, 2, 10, tzinfo=UTC), datetime(2026, 11, 15, 9, tzinfo=UTC)),
        236,
    ),
    # the same day costs nothing
    (
        66_900,
        "9.9",
        (datetime(2026, 11, 2, 10, tzinfo=UTC), datetime(2026, 11, 2, 23, tzinfo=UTC)),
        0,
    ),
    # 36,500 x 25 x 1 / 36,500 = 25, a day later although not 24 hours
    (
        36_500,
        "25",
        (datetime(2026, 11, 2, 22, tzinfo=UTC), datetime(2026, 11, 3, 1, tzinfo=UTC)),
        25,
    ),
    # 73,000 x 29.9 x 14 / 36,500 = 837.2, over the leap day: the year has 365 days
    (
        73_000,
        "29.9",
        (datetime(2028, 2, 20, 9, tzinfo=UTC), datetime(2028, 3, 5, 9, tzinfo=UTC)),
        837,
    ),
    # 22:30 UTC on 1 June is 23:30 in London, 23:30 UTC is the next day there: 36,500 x 10 / 36,500
    (
        36_500,
        "10",
        (datetime(2026, 6, 1, 22, 30, tzinfo=UTC), datetime(2026, 6, 1, 23, 30, tzinfo=UTC)),
        10,
    ),
    # 1,825 x 10 x 1 / 36,500 = 0.5: half up
    (1_825, "10", (datetime(2026, 11, 2, 10, tzinfo=UTC), datetime(2026, 11, 3, 9, tzinfo=UTC)), 1),
]


@pytest.mark.parametrize(("amount", "apr", "moments", "interest"), WITHDRAWN)
async def test_who_withdraws_owes_the_capital_and_its_interest(
    lender: Lender, amount: int, apr: str, moments: tuple[datetime, datetime], interest: int
) -> None:
    """By the days on the retailer's calendar, to the minor unit."""
    drawn, withdrawn = moments
    number = await lender.sell(drawn, amount=amount, apr=apr)
    lender.pass_to(withdrawn)
    outcome = await lender.end(owed=amount + interest, interest=interest)
    assert isinstance(outcome, Passed)
    ended: CreditEnded = outcome.output
    assert (ended.agreement, ended.owed, ended.interest) == (number, amount + interest, interest)
    assert (ended.lender, ended.customer) == (0, 0)
    assert ended.repay_by is not None


async def test_a_withdrawal_is_owed_until_it_is_repaid_to_the_penny(lender: Lender) -> None:
    """A penny too little is refused, interest goes on to the day, and the books are even then."""
    number = await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC), amount=36_500, apr="10")
    lender.pass_to(datetime(2026, 11, 12, 10, tzinfo=UTC))
    outcome = await lender.end(owed=36_600, interest=100)
    assert outcome.output.repay_by == date(2026, 12, 12)
    waits = await lender.repayment()
    assert isinstance(waits, Pending)
    assert waits.due_by == datetime(2026, 12, 13, tzinfo=UTC)
    lender.pass_to(datetime(2026, 11, 22, 10, tzinfo=UTC))
    for wrong in (36_699, 36_701):
        assert await lender.post(f"/_repayments/{number}", amount=wrong) == 409
    assert await lender.post(f"/_repayments/{number}", amount=36_700) == 200
    lender.pass_to(datetime(2026, 12, 1, 10, tzinfo=UTC))
    repaid = await lender.repayment()
    assert isinstance(repaid, Passed)
    told = repaid.output
    assert (told.amount, told.interest, told.repaid_on) == (36_700, 200, date(2026, 11, 22))
    assert await lender.post(f"/_repayments/{number}", amount=36_700) == 409
    assert lender.balance() == {("lender", "retailer"): 36_500, ("customer", "lender"): 36_700}


@pytest.mark.parametrize(("days", "taken"), [(13, True), (14, True), (15, False)])
async def test_a_withdrawal_is_taken_for_fourteen_days(
    lender: Lender, days: int, *, taken: bool
) -> None:
    """The period begins on the day after the agreement."""
    drawn = datetime(2026, 11, 2, 10, tzinfo=UTC)
    await lender.sell(drawn)
    lender.pass_to(drawn + timedelta(days=days))
    outcome = await lender.end(owed=LENT)
    assert isinstance(outcome, Passed) is taken
    if not taken:
        assert outcome == Declined(code="withdrawal_too_late")
        assert lender.stand_in.done("credit.end") == []


@pytest.mark.parametrize(
    ("paid", "back", "customer", "live"),
    [
        (0, LENT, 0, False),
        (3, LENT, sum(INSTALMENTS[:3]), False),
        (24, LENT, LENT, False),
        (3, 900, 0, True),
        (23, 12_000, 12_000 - INSTALMENTS[-1], False),
    ],
)
async def test_what_the_retailer_gives_back_goes_to_who_paid_it(
    lender: Lender, paid: int, back: int, customer: int, *, live: bool
) -> None:
    """It lessens what is left, ends the agreement with that, and the rest is the customer's."""
    drawn = datetime(2026, 11, 2, 10, tzinfo=UTC)
    number = await lender.sell(drawn)
    assert await lender.post(f"/_payments/{number}", made=paid) == 200
    lender.pass_to(drawn + timedelta(days=95))
    outcome = await lender.end("return", lender=back, customer=customer)
    assert isinstance(outcome, Passed)
    ended = outcome.output
    assert (ended.lender, ended.customer, ended.owed, ended.interest) == (back, customer, 0, 0)
    instalments = sum(INSTALMENTS[:paid])
    assert lender.balance() == {
        ("lender", "retailer"): LENT - back,
        ("customer", "lender"): instalments - customer,
    }
    existing = ExistingAgreement(agreement=number)
    standing = OPS["credit.standing"]
    request = request_for(standing, facts=(existing,))
    stands = await lender.run(standing, request=replace(request, on=None))
    assert isinstance(stands, Passed) is live
    if live:
        assert stands.output.settlement_figure == LENT - instalments - back


async def test_an_agreement_may_end_in_parts_and_only_once(lender: Lender) -> None:
    """Two returns of parts come to the same as one of the whole; then nothing is left to end."""
    await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC))
    for part in (900, LENT - 900):
        assert isinstance(await lender.end("return", lender=part), Passed)
    assert await lender.end("return", lender=1) == Declined(code="agreement_settled")
    assert lender.balance()["lender", "retailer"] == 0


@pytest.mark.parametrize("paid", [0, 3, 24])
async def test_a_statement_tells_what_was_paid_of_it_by_now(lender: Lender, paid: int) -> None:
    """On the retailer's day and until its midnight: instalments, their sum, and what is left."""
    number = await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC))
    assert await lender.post(f"/_payments/{number}", made=paid) == 200
    lender.pass_to(datetime(2027, 6, 1, 23, 30, tzinfo=UTC))
    outcome = await lender.statement()
    assert outcome == Passed(
        output=CreditStatement(
            agreement=number,
            as_of=date(2027, 6, 2),
            instalments_paid=paid,
            paid=sum(INSTALMENTS[:paid]),
            arrears=0,
            balance=sum(INSTALMENTS[paid:]),
            currency="GBP",
        ),
        valid_until=datetime(2027, 6, 2, 23, tzinfo=UTC),
    )
    assert lender.balance()["customer", "lender"] == outcome.output.paid


async def test_goods_in_parts_give_back_what_was_paid_of_a_settled_agreement(
    lender: Lender,
) -> None:
    """The first part settles it and hands some on; all of the rest is the customer's then."""
    number = await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC))
    await lender.post(f"/_payments/{number}", made=4)
    paid, first = sum(INSTALMENTS[:4]), LENT - 5_000
    outcome = await lender.end("return", lender=first, customer=paid - 5_000)
    assert outcome.output.customer == paid - 5_000
    statement = (await lender.statement()).output
    assert (statement.paid, statement.balance) == (paid, 0)
    rest = await lender.end("return", lender=5_000, customer=5_000)
    assert rest.output.customer == 5_000
    assert await lender.end("return", lender=1) == Declined(code="agreement_settled")
    assert lender.balance() == {("lender", "retailer"): 0, ("customer", "lender"): 0}


async def test_a_statement_in_no_time_zone_is_about_us(lender: Lender) -> None:
    """The lender cannot say which day it is."""
    await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC))
    with pytest.raises(Refused):
        await lender.statement("Mars/Olympus")


async def test_an_agreement_that_the_lender_lost_has_no_statement(lender: Lender) -> None:
    """A value: who gives the goods back is not held up by it."""
    await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC))
    lender.stand_in.play("decline", "credit.statement")
    assert await lender.statement() == Declined(code="agreement_not_found")


async def test_more_than_was_lent_is_about_us(lender: Lender) -> None:
    """A person looks, and nothing moved."""
    await lender.sell(datetime(2026, 11, 2, 10, tzinfo=UTC))
    before = list(lender.stand_in.book)
    for wrong in (LENT + 1, 0):
        with pytest.raises(Refused):
            await lender.end("return", lender=wrong)
    with pytest.raises(Refused):
        await lender.end("withdrawal", lender=1)
    assert lender.stand_in.book == before


async def test_a_sale_without_an_agreement_has_none_to_end(lender: Lender) -> None:
    """Nothing is sent."""
    operation = OPS["credit.end"]
    request = replace(request_for(operation), activated=None)
    with pytest.raises(Refused):
        await lender.send(operation, request, lender.call(operation))
    assert lender.tape.exchanges == []
