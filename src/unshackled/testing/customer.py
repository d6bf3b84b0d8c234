"""A customer who knows no flow: does what the checkout says comes next, over the public API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

import httpx

from unshackled.domain.codec import encode
from unshackled.domain.customer import MODELS
from unshackled.domain.states import CLOSED, FINAL_STATUSES
from unshackled.testing.samples import sample

Json = Any
FORMS: Final[Mapping[str, Json]] = {name: encode(sample(model)) for name, model in MODELS.items()}
ROUNDS: Final = 60


class CustomerStuck(AssertionError):
    """The customer cannot go on; the message has the problem or the state of the checkout."""


class ApiCaller(Protocol):
    """What sends a request: an `httpx.AsyncClient`, or one that repeats what was not answered."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: Json = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send it and wait for the answer."""
        ...


def form(checkout: Json, action: Json, forms: Mapping[str, Json] = FORMS) -> Json:
    """The body of an action: made-up data of its model, its document, or an option.

    A form of no known model is filled by the names of its fields. Who chooses again, as a way out
    of a decline, takes another option.
    """
    if action["type"] == "show":
        return {"shown": action["document"]["digest"]}
    if action["type"] == "choose":
        return {"option": action["options"][-1 if action["resolves"] else 0]["id"]}
    does = next(step["does"] for step in checkout["steps"] if step["name"] == action["step"])
    if action.get("document") is not None:
        agrees = forms.get(does, {}).get("given", True)
        return {"given": agrees, "wording": action["document"]["digest"]}
    data = {name: value for one in forms.values() for name, value in one.items()}
    schema = action["schema"]
    return on_offer(forms[does] if does in forms else fill(schema, data), schema)


def on_offer(body: Mapping[str, Json], schema: Json) -> Json:
    """The body with values that the form has now: the last one of a list that it is not in."""
    rules = schema.get("properties", {})
    listed = {name: rule["enum"] for name, rule in rules.items() if "enum" in rule}
    return {
        name: listed[name][-1] if name in listed and value not in listed[name] else value
        for name, value in body.items()
    }


def fill(schema: Json, data: Mapping[str, Json] = MappingProxyType({})) -> Json:
    """A body of a plain object schema: what is known by name, else the smallest that is needed."""
    required = schema.get("required", ())
    return {
        name: data[name] if data.get(name) is not None else _smallest(rule)
        for name, rule in schema.get("properties", {}).items()
        if name in required or data.get(name) is not None
    }


def _smallest(rule: Json) -> Json:
    if rule.get("format") == "date" and rule.get("examples"):
        return rule["examples"][0]
    simple = {"boolean": True, "integer": 1, "string": "made up"}
    return next(iter([*rule.get("enum", ()), rule.get("const", simple.get(rule.get("type")))]))


@dataclass(kw_only=True)
class Customer:
    """One customer of one checkout; `checkout` is as last answered.

    `pages` plays the customer at a provider's hosted page: it gets the address and the provider's
    redirect is followed back to us. `listener` hears of every action before it is done. `forms` has
    the data for each model, `other` the fields that are given otherwise after a decline.
    `shop_key` reads what the shop sells, where another handset has to be found.
    """

    api: ApiCaller
    checkout: Json
    token: str
    forms: Mapping[str, Json] = field(default_factory=lambda: FORMS)
    pages: Callable[[str], Awaitable[None]] | None = None
    listener: Callable[[Json], None] | None = None
    other: Mapping[str, Json] = field(default_factory=dict)
    shop_key: str | None = None
    keys: int = 0
    tried: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        """The checkout's id."""
        return str(self.checkout["id"])

    @property
    def href(self) -> str:
        """The checkout's address."""
        return f"/v1/checkouts/{self.id}"

    async def ask(
        self, method: str, path: str = "", json: Json = None, key: str | None = None
    ) -> httpx.Response:
        """Send a request of this customer; an answered checkout is kept as `checkout`."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = await self.api.request(method, f"{self.href}{path}", json=json, headers=headers)
        if answer.status_code == 200:
            self.checkout = answer.json()
        return answer

    async def read(self) -> Json:
        """The checkout as it is now."""
        return _checked(await self.ask("GET")).json()

    def next_action(self) -> Json | None:
        """What to do now: what is due, the ways out of a decline first; then forms, pages last.

        Another try of what was declined comes after every other way.
        """
        wanted = ("renew", "submit", "change_package", "show", "choose", "retry", "redirect")
        order = (*wanted, "confirm")
        able = [one for one in self.checkout["next_actions"] if one["type"] in order]
        open_forms = [one for one in able if one["type"] == "submit" and not one["resolves"]]
        due = [one for one in able if one["due"] or one["type"] == "retry"]
        return min([*due, *open_forms], key=lambda one: self._rank(order, one), default=None)

    def _rank(self, order: Sequence[str], action: Json) -> tuple[bool, int, int]:
        """Ways out first, each in turn; another try of the same after every other way."""
        again = action["type"] == "retry" and not action["due"]
        out = bool(action["resolves"]) and not again
        return not out, self.tried[action["id"]] if out else 0, order.index(action["type"])

    async def act(self, action: Json) -> httpx.Response | None:
        """Do one thing; None for a hosted page, where the answer is not ours."""
        self.tried[action["id"]] += 1
        if self.listener is not None:
            self.listener(action)
        if action["type"] == "redirect":
            if self.pages is None:
                raise CustomerStuck(f"{self.id}: nobody plays the page {action['href']}")
            await self.pages(action["href"])
            await self.read()
            return None
        if action["type"] == "confirm":
            return await self.complete()
        if action["type"] == "change_package":
            return await self.patch((await self._other_package(action))["package"])
        return await self.ask("PUT", f"/steps/{action['step']}", self._body(action))

    def _body(self, action: Json) -> Json:
        if action["type"] in ("retry", "renew"):
            return {}
        body = form(self.checkout, action, self.forms)
        if action["type"] != "submit" or not action["resolves"]:
            return body
        asked = action["schema"]["properties"]
        return {**body, **{name: self.other[name] for name in self.other if name in asked}}

    async def _other_package(self, action: Json) -> Json:
        """Leave out what may be left out; else exchange a part for another that the shop sells."""
        if action.get("patches"):
            return action["patches"][0]
        change = action["changes"][0]
        headers = {"Authorization": f"Bearer {self.shop_key}"}
        answer = await self.api.request("GET", change["href"], headers=headers)
        part, had = change["part"], self.checkout["selection"].get(change["part"])
        for item in _checked(answer).json()["items"]:
            name = item.get("sku") or item.get("code")
            if part == "credit" and name != had["plan"]:
                return {"package": {"credit": {**had, "plan": name}}}
            if part in ("handset", "tariff") and name != had:
                return {"package": {part: name}}
        raise CustomerStuck(f"{self.id}: nothing else to choose at {change['href']}")

    async def complete(self) -> httpx.Response:
        """Say yes to the present quote."""
        quote = self.checkout["quote"]["id"]
        return await self.ask("POST", "/complete", {"quote_id": quote}, self._key())

    async def cancel(self) -> httpx.Response:
        """End it."""
        return await self.ask("POST", "/cancel", {"reason": "changed_mind"}, self._key())

    def _key(self) -> str:
        """A new Idempotency-Key: whoever resends this very request sends it again."""
        self.keys += 1
        return f"{self.id}-{self.keys}"

    async def patch(self, package: Json) -> httpx.Response:
        """Change the package by an RFC 7396 merge patch."""
        return await self.ask("PATCH", "", {"package": package})

    async def buy(self) -> Json:
        """Follow the next actions to the end; raises `Stuck` with what stands in the way."""
        for _ in range(ROUNDS):
            if self.checkout["status"] in ("completed", "complete_in_progress", "canceled"):
                return self.checkout
            action = self.next_action()
            if action is None:
                raise CustomerStuck(f"{self.id}: nothing to do next: {describe(self.checkout)}")
            answer = await self.act(action)
            if answer is not None:
                _checked(answer)
        raise CustomerStuck(f"{self.id}: never done: {describe(self.checkout)}")


def silence(checkout: Json) -> str | None:
    """What is wrong with what an open checkout tells its customer, as a page would notice it."""
    if checkout["status"] in FINAL_STATUSES:
        return None
    ids = {one["id"] for one in checkout["next_actions"]}
    for said in checkout["messages"]:
        if not set(said["actions"]) <= ids:
            return f"{said['code']} names actions that there are not: {said['actions']}"
        if said["severity"] == "recoverable" and not set(said["actions"]) - {"cancel"}:
            return f"{said['code']} names no way out"
    known = ("who" if said["code"] != "waiting_room" else "until" for said in checkout["messages"])
    working = [one in said["params"] for one, said in zip(known, checkout["messages"], strict=True)]
    if ids - {"cancel"} or (not checkout["settled"] and any(working)):
        return None
    ends = any(said["severity"] == "fatal" for said in checkout["messages"])
    return None if ends else f"nothing to do and nothing said: {describe(checkout)}"


def describe(checkout: Json) -> str:
    """The status and where each unfinished step stands, in one line."""
    steps = [
        f"{step['name']}={step['state']}({step['code']})"
        if step["code"]
        else f"{step['name']}={step['state']}"
        for step in checkout["steps"]
        if step["state"] not in CLOSED
    ]
    return f"{checkout['status']}, settled={checkout['settled']}, {', '.join(steps) or 'all done'}"


def _checked(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise CustomerStuck(f"{answer.request.method} {answer.request.url}: {answer.text}")
    return answer
