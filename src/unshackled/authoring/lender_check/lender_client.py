"""What a promise is checked with: made-up applicants, requests over real HTTP, sharp readers."""

from __future__ import annotations

import asyncio
import time
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from unshackled.authoring.lender_check import protocol_messages as wire
from unshackled.sdk import RawCallback

M = TypeVar("M", bound=BaseModel)
LOOK_EVERY_SECONDS: Final = 0.2
NOBODY: Final = "A" * 26


class Broken(Exception):
    """A promise that is not kept: what was promised, and what happened."""


class Unchecked(Exception):
    """A promise that could not be looked at, and why."""


def reference() -> str:
    """A fresh reference: 26 characters of base32."""
    return b32encode(token_bytes(17)).decode()[:26]


def expect(answer: httpx.Response, status: int, what: str) -> None:
    """Say what is broken unless the answer has the status."""
    if answer.status_code != status:
        raise Broken(f"{what} is answered {status}, not {answer.status_code}")


def read(answer: httpx.Response, message: type[M], status: int, what: str) -> M:
    """The message in an answer of that status; what is wrong is said without quoting it."""
    expect(answer, status, what)
    try:
        return message.model_validate_json(answer.content, strict=True)
    except ValidationError as errors:
        raise Broken(f"{what}: {_wrong(errors)}") from None


def refused(answer: httpx.Response, status: int, what: str) -> None:
    """Say what is broken unless the answer is a problem of that status with a code."""
    read(answer, wire.Problem, status, what)


def _wrong(errors: ValidationError) -> str:
    wrong = errors.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in wrong)


@dataclass(kw_only=True)
class LenderClient:
    """A retailer's side of the protocol.

    `callbacks` fills while the check listens; `callback_secret` None leaves them unchecked.
    """

    http: httpx.AsyncClient
    key: str = field(repr=False)
    lender: str = "prime"
    currency: str = "GBP"
    callback_url: str = "https://checkout.example/callbacks"
    callback_secret: str | None = field(default=None, repr=False)
    patience: float = 30.0
    callbacks: list[RawCallback] = field(default_factory=list)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        auth: bool = True,
    ) -> httpx.Response:
        """One request; `key` is its idempotency key."""
        headers = {"Authorization": f"Bearer {self.key}"} if auth else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {}
        if body is not None and not sent:
            sent = {"json": body}
        try:
            return await self.http.request(method, path, headers=headers, **sent)
        except httpx.HTTPError as error:
            raise Broken(f"{method} {path}: {type(error).__name__}") from None

    async def quotation(self, family_name: str) -> wire.Eligible:
        """An offer for an applicant of that name."""
        answer = await self.ask("POST", "/v1/quotations", self.quotation_body(family_name))
        return read(answer, wire.Eligible, 200, "a quotation for somebody eligible")

    def quotation_body(self, family_name: str) -> dict[str, Any]:
        """A request for a quotation."""
        return {
            "client_reference": reference(),
            "lender": self.lender,
            "credit": credit(self.currency),
            "applicant": applicant(family_name),
        }

    async def application_body(self, family_name: str, number: str) -> dict[str, Any]:
        """An application for a fresh quotation."""
        quoted = await self.quotation(family_name)
        return self.quotation_body(family_name) | {
            "client_reference": number,
            "quotation": quoted.quotation,
            "callback_url": self.callback_url,
        }

    async def apply(self, family_name: str, number: str, status: str) -> wire.Application:
        """Apply as an applicant of that name, and see that it stands as it must."""
        body = await self.application_body(family_name, number)
        answer = await self.ask("POST", "/v1/applications", body, key=number)
        return self.stands(answer, 201, number, status, f"an application of {family_name}")

    async def application_in(self, number: str, status: str, what: str) -> wire.Application:
        """Look an application up, and see that it stands as it must."""
        answer = await self.ask("GET", f"/v1/applications/by-reference/{number}")
        return self.stands(answer, 200, number, status, f"looking up {what}")

    def stands(
        self, answer: httpx.Response, status: int, number: str, stands: str, what: str
    ) -> wire.Application:
        """The application in an answer: ours, of that status, with a reason where it needs one."""
        made = read(answer, wire.Application, status, what)
        if made.client_reference != number:
            raise Broken(f"{what}: `client_reference` is not what was sent")
        if made.status != stands:
            raise Broken(f"{what} is {stands}, not {made.status}")
        if (made.reason is None) == (stands in ("DECLINED", "WITHDRAWN")):
            raise Broken(f"{what}: a reason is told where it was declined or withdrawn, else null")
        return made

    async def activate(self, application: wire.Application, number: str) -> httpx.Response:
        """Start the agreement of an application."""
        body = {
            "client_reference": number,
            "application": application.application,
            "signed_envelope": "env_made_up",
        }
        return await self.ask("POST", "/v1/agreements", body, key=number)

    async def agreement(self) -> tuple[wire.Application, wire.Agreement]:
        """A live agreement and the application it came from."""
        made = await self.apply("Accept", reference(), "ACCEPTED")
        answer = await self.activate(made, reference())
        return made, read(answer, wire.Agreement, 201, "an activation")

    async def decided(self, number: str, status: str, what: str) -> None:
        """Wait until a referral is decided."""
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            answer = await self.ask("GET", f"/v1/applications/by-reference/{number}")
            if read(answer, wire.Application, 200, f"looking up {what}").status != "REFERRED":
                self.stands(answer, 200, number, status, what)
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        raise Broken(f"{what} was not decided within {self.patience:g} s")


def credit(currency: str, **changes: object) -> dict[str, Any]:
    """Credit whose amounts add up: 24 payments that repay 66,900 minor units."""
    return {
        "product": "fixed_sum_loan",
        "plan": "credit-24-0",
        "currency": currency,
        "amount": 66_900,
        "deposit": 4_900,
        "months": 24,
        "apr": "0.0",
        "instalments": [2_788] * 23 + [2_776],
        "total_payable": 71_800,
        **changes,
    }


def applicant(family_name: str) -> dict[str, Any]:
    """A fictional applicant: names, numbers and addresses are reserved for examples."""
    return {
        "first_name": "Wilhelmina",
        "last_name": family_name,
        "email": "wilhelmina@mail.example",
        "mobile": "+447700900123",
        "born": "1990-04-17",
        "address": {
            "lines": ["1 Longacre Mews"],
            "town": "Little Snoring",
            "postcode": "NR21 0AA",
            "country": "GB",
        },
        "affordability": {
            "monthly_net_income": 231_947,
            "monthly_housing_cost": 78_313,
            "monthly_other_commitments": 21_559,
            "employment": "self_employed",
        },
    }


def same(first: httpx.Response, second: httpx.Response, what: str) -> None:
    """Say what is broken unless both answers say the same."""
    if first.status_code != second.status_code or _data(first) != _data(second):
        raise Broken(f"{what} repeats the first answer")


def _data(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        data: Mapping[str, Any] = answer.json()
    except ValueError:
        raise Broken("an answer is not JSON") from None
    return data
