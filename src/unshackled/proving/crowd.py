"""A crowd of customers with moods, and the operator who clears up after them."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

import httpx

from unshackled.domain.states import FINAL_STATUSES
from unshackled.testing.customer import FORMS, ApiCaller, Customer
from unshackled.testing.invariants import FinalCheckout
from unshackled.testing.made_up_devices import imei_of

Json = Any

PACKAGES: Final[Mapping[tuple[str, str], Json]] = {
    ("northstar", "handset-on-credit"): {
        "handset": "handset-mid",
        "tariff": "sim-50gb",
        "credit": {"plan": "credit-24-0", "deposit": 4_900},
    },
    ("pocket", "sim-only"): {"tariff": "sim-50gb"},
    ("orbit", "upgrade"): {
        "handset": "handset-pro",
        "tariff": "sim-5gb",
        "credit": {"plan": "credit-24-9.9", "deposit": 9_900},
    },
}
_BUTTON: Final = re.compile(r'name="choice" value="([a-z]+)"')
PATIENCE: Final = 4


class Mood(StrEnum):
    """What a customer is up to.

    `edit` changes the package and `move` the address on the way, `haste` sends everything twice at
    the same time, `regret` cancels in the moment of saying yes.
    """

    BUY = "buy"
    CANCEL = "cancel"
    EDIT = "edit"
    MOVE = "move"
    LEAVE = "leave"
    HASTE = "haste"
    REGRET = "regret"


def forms(number: int, random: Random) -> dict[str, Json]:
    """The data of customer `number`: their own old agreement and device, one of three cards."""
    card = random.choice(["tok_visa", "tok_visa", "tok_3ds_visa", "tok_declined"])
    return {
        **FORMS,
        "existing_agreement": {"agreement": f"AGR-1{number % 10_000:04d}0"},
        "device_return": {**FORMS["device_return"], "imei": imei_of(number)},
        "payment_method": {"token": card},
    }


@dataclass(kw_only=True)
class Browser:
    """The customer at a provider's hosted page: mostly yes, sometimes no, sometimes lost."""

    web: httpx.AsyncClient
    random: Random
    refuses: float = 0.1
    never_returns: float = 0.1

    async def visit(self, url: str) -> None:
        """Look at the page, choose, and follow the way back."""
        page = await self.web.get(url)
        buttons = _BUTTON.findall(page.text)
        if not buttons:
            return
        choice = buttons[-1] if self.random.random() < self.refuses else buttons[0]
        answer = await self.web.post(url, data={"choice": choice})
        back = answer.headers.get("location")
        if back is not None and self.random.random() >= self.never_returns:
            await self.web.get(back)


@dataclass(kw_only=True)
class Shopper:
    """A customer with a mood, who acts on it once, after a few turns."""

    customer: Customer
    random: Random
    mood: Mood
    turns: int = 0
    acts_at: int = field(init=False)
    retries: int = 0
    acknowledged: list[tuple[str, str, int]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.acts_at = PATIENCE + self.random.randrange(3 * PATIENCE)

    async def live(self) -> None:
        """Go on until it is over, or the mood says so."""
        while not await self._over():
            self.turns += 1
            if self.turns == self.acts_at:
                await self._feel()
            await self._step()

    async def _over(self) -> bool:
        seen = self.customer.checkout
        return seen["status"] in FINAL_STATUSES or (
            self.mood is Mood.LEAVE and self.turns > self.acts_at
        )

    async def _feel(self) -> None:
        if self.mood is Mood.CANCEL:
            self._note("cancel", await self.customer.cancel())
        elif self.mood is Mood.EDIT:
            change = self.random.choice(
                [{"accessories": ["case-clear"]}, {"tariff": "sim-5gb"}, {"credit": None}]
            )
            self._note("patch", await self.customer.patch(change))
        elif self.mood is Mood.MOVE:
            await self._put("address", {**self.customer.forms["address"], "line1": "2 New Row"})

    async def _step(self) -> None:
        if self.card_refused:
            await self._put("payment_method", {"token": "tok_visa"})
        action = self.customer.next_action()
        if action is None or (action["type"] == "redirect" and self.random.random() < 0.3):
            await self._wait()
            return
        answers = await self._act(action)
        if not any(answer and self._note(_noted(action), answer) for answer in answers):
            await self._wait()

    async def _act(self, action: Json) -> Sequence[httpx.Response | None]:
        act = self.customer.act
        if self.mood is Mood.HASTE:
            return await asyncio.gather(act(action), act(action))
        if self.mood is Mood.REGRET and action["type"] == "confirm":
            return await asyncio.gather(act(action), self.customer.cancel())
        return [await act(action)]

    async def _wait(self) -> None:
        """Somebody else is at it, or something was declined: try again, or do without."""
        await asyncio.sleep(self.random.uniform(0.2, 0.6))
        await self.customer.ask("GET")
        seen = self.customer.checkout
        retry = [one for one in seen["next_actions"] if one["type"] == "retry"]
        declined = {one["does"] for one in seen["steps"] if one["state"] == "declined"}
        if "credit.apply" in declined and seen["package"].get("credit"):
            self._note("patch", await self.customer.patch({"credit": None}))
        elif retry and self.retries < 3 * PATIENCE:
            self.retries += 1
            await self._put(retry[0]["step"], {})

    async def _put(self, step: str, body: Json) -> None:
        answer = await self.customer.ask("PUT", f"/steps/{step}", body)
        self._note(f"step {step}" if body else "retry", answer)

    def _note(self, what: str, answer: httpx.Response) -> bool:
        document = answer.json()
        if answer.is_success:
            self.acknowledged.append((what, document["status"], document["version"]))
        else:
            self.refusals[f"{what}: {answer.status_code} {document['type']}"] += 1
        return answer.is_success

    @property
    def card_refused(self) -> bool:
        """Whether the confirmation waits for another card."""
        seen = self.customer.checkout
        charges = [step for step in seen["steps"] if step["does"] == "payment.charge"]
        refused = any(step["code"] in ("card_declined", "declined") for step in charges)
        return refused and any(one["type"] == "confirm" for one in seen["next_actions"])


def _noted(action: Json) -> str:
    """`step contact` for what leaves an event of that step; else the action's id."""
    sends = action["type"] not in ("retry", "renew", "change_package")
    return f"step {action['step']}" if sends else str(action["id"])


def complaints(shopper: Shopper, observed: FinalCheckout) -> list[str]:
    """What was acknowledged and is not there any more, and every answer 500."""
    found = [what for what in shopper.refusals if ": 500 " in what]
    checkout = observed.checkout
    received = {(one["data"].get("step"), one["version"]) for one in observed.events}
    for what, status, version in shopper.acknowledged:
        if version > checkout["version"]:
            found.append(f"{what} was answered with version {version}: {checkout['version']}")
        if status in FINAL_STATUSES and checkout["status"] != status:
            found.append(f"{what} was answered with {status}: it is {checkout['status']}")
        step = what.removeprefix("step ")
        if step != what and not any(name == step and at <= version for name, at in received):
            found.append(f"{what} of version {version} is not in the events")
    return found


@dataclass(kw_only=True)
class CrowdOperator:
    """A person who tries everything again that waits for one."""

    api: ApiCaller
    token: str
    retailers: tuple[str, ...]
    resolved: int = 0

    async def clear(self) -> int:
        """Resolve what is stuck now; how many there were."""
        found = 0
        for retailer in self.retailers:
            for state in ("in_review", "undo_failed"):
                found += await self._clear(retailer, state)
        self.resolved += found
        return found

    async def _clear(self, retailer: str, state: str) -> int:
        found, cursor = 0, None
        while True:
            where = f"?retailer={retailer}&state={state}" + (f"&cursor={cursor}" if cursor else "")
            page = (await self._ask("GET", f"/ops/checkouts{where}")).json()
            for row in page["items"]:
                for step in row["steps"]:
                    path = f"/ops/checkouts/{row['checkout']}/steps/{step['step']}/resolve"
                    await self._resolve(path)
                    found += 1
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def _resolve(self, path: str) -> None:
        """What cannot be retried is declined: then the customer goes on without it."""
        for verdict in ("retry", "declined"):
            answer = await self._ask("POST", path, {"verdict": verdict, "reason": "it is back"})
            if answer.is_success:
                return

    async def _ask(self, method: str, path: str, json: Json = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.api.request(method, path, json=json, headers=headers)
