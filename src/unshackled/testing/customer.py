"""A customer who knows no flow: does what the checkout says comes next, over the public API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx

from unshackled.domain.codec import encode
from unshackled.domain.customer import MODELS
from unshackled.testing.samples import sample

Json = Any
FORMS: Final[Mapping[str, Json]] = {name: encode(sample(model)) for name, model in MODELS.items()}
ROUNDS: Final = 60


class Stuck(AssertionError):
    """The customer cannot go on; the message has the problem or the state of the checkout."""


class Caller(Protocol):
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
    """The body of an action: made-up data of its model, its document, or its first option."""
    if action["type"] == "show":
        return {"shown": action["document"]["digest"]}
    if action["type"] == "choose":
        return {"option": action["options"][0]["id"]}
    does = next(step["does"] for step in checkout["steps"] if step["name"] == action["step"])
    return forms[does] if does in forms else fill(action["schema"])


def fill(schema: Json) -> Json:
    """The smallest body of a plain object schema: constants, first choices, `true`."""
    simple = {"boolean": True, "integer": 1, "string": "made up"}
    return {
        name: next(iter([*rule.get("enum", ()), rule.get("const", simple[rule["type"]])]))
        for name, rule in schema.get("properties", {}).items()
        if name in schema.get("required", ())
    }


@dataclass(kw_only=True)
class Customer:
    """One customer of one checkout; `seen` is the checkout as last answered.

    `pages` plays the customer at a provider's hosted page: it gets the address and the provider's
    redirect is followed back to us. `told` hears of every action before it is done. `forms` has
    the data for each model.
    """

    api: Caller
    seen: Json
    token: str
    forms: Mapping[str, Json] = field(default_factory=lambda: FORMS)
    pages: Callable[[str], Awaitable[None]] | None = None
    told: Callable[[Json], None] | None = None
    keys: int = 0

    @property
    def id(self) -> str:
        """The checkout's id."""
        return str(self.seen["id"])

    @property
    def href(self) -> str:
        """The checkout's address."""
        return f"/v1/checkouts/{self.id}"

    async def ask(
        self, method: str, path: str = "", json: Json = None, key: str | None = None
    ) -> httpx.Response:
        """Send a request of this customer; an answered checkout is kept as `seen`."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = await self.api.request(method, f"{self.href}{path}", json=json, headers=headers)
        if answer.status_code == 200:
            self.seen = answer.json()
        return answer

    async def read(self) -> Json:
        """The checkout as it is now."""
        return _checked(await self.ask("GET")).json()

    def next_action(self) -> Json | None:
        """What to do now: data first, then documents and options, pages last."""
        wanted = ("renew", "submit", "show", "choose", "redirect", "confirm")
        able = [one for one in self.seen["next_actions"] if one["type"] in wanted]
        able = [one for one in able if one["due"] or one["type"] == "submit"]
        return min(able, key=lambda one: wanted.index(one["type"]), default=None)

    async def act(self, action: Json) -> httpx.Response | None:
        """Do one thing; None for a hosted page, where the answer is not ours."""
        if self.told is not None:
            self.told(action)
        if action["type"] == "redirect":
            if self.pages is None:
                raise Stuck(f"{self.id}: nobody plays the page {action['href']}")
            await self.pages(action["href"])
            await self.read()
            return None
        if action["type"] == "confirm":
            return await self.complete()
        body = form(self.seen, action, self.forms)
        return await self.ask("PUT", f"/steps/{action['step']}", body)

    async def complete(self) -> httpx.Response:
        """Say yes to the present quote."""
        quote = self.seen["quote"]["id"]
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
            if self.seen["status"] in ("completed", "complete_in_progress", "canceled"):
                return self.seen
            action = self.next_action()
            if action is None:
                raise Stuck(f"{self.id}: nothing to do next: {describe(self.seen)}")
            answer = await self.act(action)
            if answer is not None:
                _checked(answer)
        raise Stuck(f"{self.id}: never done: {describe(self.seen)}")


def describe(checkout: Json) -> str:
    """The status and where each unfinished step stands, in one line."""
    steps = [
        f"{step['name']}={step['state']}({step['code']})"
        if step["code"]
        else f"{step['name']}={step['state']}"
        for step in checkout["steps"]
        if step["state"] not in ("passed", "skipped", "undone")
    ]
    return f"{checkout['status']}, settled={checkout['settled']}, {', '.join(steps) or 'all done'}"


def _checked(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise Stuck(f"{answer.request.method} {answer.request.url}: {answer.text}")
    return answer
