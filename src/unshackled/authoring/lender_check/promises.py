"""The promises of a lender about searches and applications, each checked over the wire.

A promise is an async function of the `LenderClient`; its docstring is what is promised. `SEARCHES`
has them in the order they are checked.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from pydantic import SecretStr, ValidationError

from unshackled.authoring.lender_check import protocol_messages as wire
from unshackled.authoring.lender_check.lender_client import (
    LOOK_EVERY_SECONDS,
    NOBODY,
    Broken,
    LenderClient,
    Unchecked,
    credit,
    expect,
    read,
    reference,
    refused,
    same,
)
from unshackled.domain.payment_rules import PaymentRules, allowed_dates
from unshackled.domain.working_days import BACS
from unshackled.sdk import BadSignature, RawCallback
from unshackled.sdk.signature import verify


class Promise(Protocol):
    """A promise: its name, what it says, and how it is checked."""

    __name__: str

    async def __call__(self, client: LenderClient) -> None:
        """Raise `Broken` where it is not kept."""
        ...


APPLICATIONS: Final = "/v1/applications"
DRY: Final = (("Accept", "ACCEPTED"), ("HardDecline", "DECLINED"), ("Refer", "REFERRED"))


async def needs_a_key(client: LenderClient) -> None:
    """Without a key there is no answer but 401."""
    answer = await client.ask("POST", "/v1/quotations", client.quotation_body("Accept"), auth=False)
    refused(answer, 401, "a quotation without a key")
    answer = await client.ask("GET", f"{APPLICATIONS}/by-reference/{NOBODY}", auth=False)
    refused(answer, 401, "a look-up without a key")


async def refuses_nonsense(client: LenderClient) -> None:
    """What is not JSON, or lacks a field, is 400."""
    answer = await client.ask("POST", "/v1/quotations", b'{"half": ')
    refused(answer, 400, "a body that is not JSON")
    body = client.quotation_body("Accept")
    del body["credit"]
    refused(await client.ask("POST", "/v1/quotations", body), 400, "a quotation without credit")


async def adds_amounts_up(client: LenderClient) -> None:
    """Credit whose amounts do not add up is 422."""
    for changes in ({"total_payable": 71_799}, {"months": 23}, {"amount": 0}):
        body = client.quotation_body("Accept") | {"credit": credit(client.currency, **changes)}
        answer = await client.ask("POST", "/v1/quotations", body)
        refused(answer, 422, f"credit with {changes}")


async def quotes(client: LenderClient) -> None:
    """A soft search gives an offer with an end, or says why not."""
    offer = await client.quotation("Accept")
    if offer.valid_until <= datetime.now(UTC):
        raise Broken("a quotation is valid for a while")
    answer = await client.ask("POST", "/v1/quotations", client.quotation_body("Decline"))
    read(answer, wire.NotEligible, 200, "a quotation for Decline")


async def ignores_unknown_fields(client: LenderClient) -> None:
    """A field that the lender does not know is ignored."""
    body = client.quotation_body("Accept") | {"from_a_later_version": {"some": "thing"}}
    answer = await client.ask("POST", "/v1/quotations", body)
    read(answer, wire.Eligible, 200, "a quotation with an unknown field")


async def decides(client: LenderClient) -> None:
    """An application is accepted for a while, or declined with a reason, and is found again."""
    number = reference()
    made = await client.apply("Accept", number, "ACCEPTED")
    if made.valid_until <= datetime.now(UTC):
        raise Broken("an acceptance is valid for a while")
    found = await client.application_in(number, "ACCEPTED", "what was accepted")
    if found.application != made.application:
        raise Broken("a look-up tells the same application")
    number = reference()
    await client.apply("HardDecline", number, "DECLINED")
    await client.application_in(number, "DECLINED", "what was declined")


async def wants_its_quotation(client: LenderClient) -> None:
    """An application for a quotation that was never given is 422."""
    body = await client.application_body("Accept", number := reference())
    body["quotation"] = "QTN-NOBODY"
    answer = await client.ask("POST", APPLICATIONS, body, key=number)
    refused(answer, 422, "an application for an unknown quotation")


async def applies_once(client: LenderClient) -> None:
    """One key is one application: a resend repeats the first answer, another body is 422."""
    body = await client.application_body("Accept", number := reference())
    refused(await client.ask("POST", APPLICATIONS, body), 400, "an application without a key")
    first = await client.ask("POST", APPLICATIONS, body, key=number)
    expect(first, 201, "an application")
    same(first, await client.ask("POST", APPLICATIONS, body, key=number), "a resend")
    other = body | {"credit": credit(client.currency, plan="another")}
    answer = await client.ask("POST", APPLICATIONS, other, key=number)
    refused(answer, 422, "another body under the same key")


async def applies_once_at_once(client: LenderClient) -> None:
    """The same application sent five times at once is one: the others repeat it, or are 503."""
    body = await client.application_body("Accept", number := reference())
    sent = (client.ask("POST", APPLICATIONS, body, key=number) for _ in range(5))
    answers = [answer for answer in await asyncio.gather(*sent) if answer.status_code != 503]
    if not answers:
        raise Broken("one of five that come at once is answered")
    for answer in answers:
        same(answers[0], answer, "a resend at the same time")
    await client.application_in(number, "ACCEPTED", "what was sent five times")


async def knows_nobody(client: LenderClient) -> None:
    """What the lender does not know is 404."""
    for things in ("applications", "amendments", "agreements", "settlements"):
        answer = await client.ask("GET", f"/v1/{things}/by-reference/{NOBODY}")
        refused(answer, 404, f"a look-up among {things}")
    answer = await client.ask("GET", "/v1/agreements/NOBODY-1")
    refused(answer, 404, "an unknown agreement")
    answer = await client.ask("POST", f"{APPLICATIONS}/{reference()}/withdrawal")
    refused(answer, 404, "a withdrawal of what never came")


async def refers(client: LenderClient) -> None:
    """A referral waits for a person, who accepts or declines."""
    for name, status in (("Refer", "ACCEPTED"), ("ReferDecline", "DECLINED")):
        number = reference()
        await client.apply(name, number, "REFERRED")
        await client.decided(number, status, f"the referral of {name}")


async def asks_for_more(client: LenderClient) -> None:
    """Where more is wanted it is said, and told it is decided, or less is wanted; once a key."""
    number = reference()
    made = await client.apply("Inquire", number, "REFERRED")
    if not made.wanted:
        raise Unchecked("Inquire is referred without anything `wanted`: you decide without asking")
    path, key = f"{APPLICATIONS}/{number}/information", reference()
    body = {name: told for name, told in INFORMATION.items() if name.upper() in made.wanted}
    first = await client.ask("POST", path, {"client_reference": key, **body}, key=key)
    decided = read(first, wire.Application, 201, "what was wanted")
    again = await client.ask("POST", path, {"client_reference": key, **body}, key=key)
    same(first, again, "telling the same once more")
    if decided.status == "REFERRED" and set(decided.wanted) >= set(made.wanted):
        raise Broken("what was told is not wanted any more")
    answer = await client.ask("POST", f"{APPLICATIONS}/{NOBODY}/information", body, key=NOBODY)
    refused(answer, 404, "information about an unknown application")


INFORMATION: Final = {
    "employer": {"name": "Made-up Ltd", "job_title": "Tester", "since": "2020-03-01"},
    "proof_of_income": {
        "payslip_date": "2026-10-31",
        "net_pay": 231_947,
        "reference": "PAYE 123/AB456",
    },
    "previous_address": {
        "line": "2 Longacre Mews",
        "town": "Little Snoring",
        "postcode": "NR21 0AB",
        "until": "2024-05-31",
    },
}


async def calls_back(client: LenderClient) -> None:
    """The decision on a referral is sent to `callback_url`, signed."""
    if client.callback_secret is None:
        raise Unchecked("say --callback-secret, and --callback-url where the lender is elsewhere")
    number = reference()
    await client.apply("Refer", number, "REFERRED")
    await client.decided(number, "ACCEPTED", "the referral of Refer")
    for _ in range(int(client.patience / LOOK_EVERY_SECONDS)):
        for raw in client.callbacks:
            if number.encode() in raw.body:
                _signed(raw, client.callback_secret, number)
                return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    raise Broken(f"no callback came within {client.patience:g} s")


def _signed(raw: RawCallback, secret: str, number: str) -> None:
    try:
        verify(raw, SecretStr(secret))
        message = wire.Decided.model_validate_json(raw.body, strict=True)
    except BadSignature as error:
        raise Broken(f"a callback is signed: {error}") from None
    except ValidationError as errors:
        raise Broken(f"a callback: {errors.error_count()} fields are wrong") from None
    if (message.client_reference, message.status) != (number, "ACCEPTED"):
        raise Broken("a callback tells the decision on its own application")


async def withdraws(client: LenderClient) -> None:
    """What is withdrawn is no more; doing it again changes nothing."""
    for name, status in (("Accept", "ACCEPTED"), ("Refer", "REFERRED")):
        number = reference()
        await client.apply(name, number, status)
        for _ in range(2):
            answer = await client.ask("POST", f"{APPLICATIONS}/{number}/withdrawal")
            client.stands(answer, 200, number, "WITHDRAWN", f"a withdrawal of {name}")
        await client.application_in(number, "WITHDRAWN", "what was withdrawn")


async def amends(client: LenderClient) -> None:
    """Another e-mail address changes nothing else: no decision, no search; it is found again."""
    number = reference()
    made = await client.apply("Accept", number, "ACCEPTED")
    body = {"email": "corrected@example.com", "mobile": "+447700900999"}
    for key in (first := reference(), first):
        answer = await client.ask(
            "POST",
            f"{APPLICATIONS}/{made.application}/contact",
            body | {"client_reference": key},
            key=key,
        )
        amendment = read(answer, wire.Amendment, 201, "a correction")
        if amendment.application != made.application:
            raise Broken("a correction tells the application that it corrected")
    answer = await client.ask("GET", f"/v1/amendments/by-reference/{first}")
    read(answer, wire.Amendment, 200, "a look-up of a correction")
    await client.application_in(number, "ACCEPTED", "what was corrected")
    path = f"{APPLICATIONS}/{made.application}/contact"
    answer = await client.ask("POST", path, body | {"client_reference": reference()})
    refused(answer, 400, "a correction without a key")
    other = body | {"client_reference": first, "email": "another@example.com"}
    answer = await client.ask("POST", path, other, key=first)
    refused(answer, 422, "another correction under the same key")
    path, new = f"{APPLICATIONS}/{NOBODY}/contact", reference()
    answer = await client.ask("POST", path, body | {"client_reference": new}, key=new)
    refused(answer, 404, "a correction of what nobody applied for")
    closed, new = await client.apply("HardDecline", reference(), "DECLINED"), reference()
    path = f"{APPLICATIONS}/{closed.application}/contact"
    answer = await client.ask("POST", path, body | {"client_reference": new}, key=new)
    refused(answer, 409, "a correction of what was declined")


async def withdraws_in_advance(client: LenderClient) -> None:
    """An application that comes after its own withdrawal is declined as withdrawn."""
    number = reference()
    answer = await client.ask("POST", f"{APPLICATIONS}/{number}/withdrawal")
    refused(answer, 404, "a withdrawal of what has not come yet")
    made = await client.apply("Accept", number, "DECLINED")
    if made.reason != "WITHDRAWN":
        raise Broken("an application that comes after its own withdrawal has reason WITHDRAWN")


async def tries_dry(client: LenderClient) -> None:
    """A dry run decides and does nothing: no application, no callback, its key stays free."""
    for name, status in DRY:
        body = await client.application_body(name, number := reference())
        answer = await client.ask("POST", APPLICATIONS, body | {"dry_run": True}, key=number)
        tried = read(answer, wire.DryRun, 200, f"a dry run of {name}")
        if (tried.status, tried.client_reference) != (status, number):
            raise Broken(f"a dry run of {name} is {status}, under its own reference")
        answer = await client.ask("GET", f"{APPLICATIONS}/by-reference/{number}")
        refused(answer, 404, "a look-up after a dry run")
        answer = await client.ask("POST", APPLICATIONS, body, key=number)
        client.stands(answer, 201, number, status, "an application after its dry run")


async def keeps_the_first_payment(client: LenderClient) -> None:
    """A first payment date that the lender offers is taken and told; one in the past is 422."""
    offer = (await client.quotation("Accept")).first_payment
    if offer is None:
        raise Unchecked("the quotation offers no first payment dates, so none is sent")
    rules = PaymentRules(**{**offer.model_dump(), "days_of_month": tuple(offer.days_of_month)})
    today = datetime.now(UTC).date()
    day = allowed_dates(rules, today, BACS)[-1]
    body = await client.application_body("Accept", number := reference())
    sent = body | {"first_payment_date": day.isoformat()}
    answer = await client.ask("POST", APPLICATIONS, sent, key=number)
    made = client.stands(answer, 201, number, "ACCEPTED", "an application with a first payment")
    if made.first_payment_date != day:
        raise Broken("an application tells the first payment date that was asked for")
    body = await client.application_body("Accept", number := reference())
    sent = body | {"first_payment_date": (today - timedelta(days=30)).isoformat()}
    answer = await client.ask("POST", APPLICATIONS, sent, key=number)
    refused(answer, 422, "an application whose first payment date is over")


SEARCHES: Final[tuple[Promise, ...]] = (
    needs_a_key,
    refuses_nonsense,
    adds_amounts_up,
    quotes,
    ignores_unknown_fields,
    decides,
    wants_its_quotation,
    applies_once,
    applies_once_at_once,
    knows_nobody,
    refers,
    asks_for_more,
    calls_back,
    withdraws,
    withdraws_in_advance,
    amends,
    tries_dry,
    keeps_the_first_payment,
)
