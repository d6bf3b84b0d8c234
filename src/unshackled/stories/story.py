"""One story: what it is called, and how it is played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from unshackled.domain.money import Money, format_money
from unshackled.domain.records import Record
from unshackled.stories.narrator import Narrator
from unshackled.stories.stage import Stage, StoryBroken, bought
from unshackled.testing.customer import Customer

Json = Any


class Scene(Record):
    """Where a story is played and told, for the customers of one retailer."""

    stage: Stage
    tell: Narrator
    retailer: str

    async def buys(
        self, flow: str, package: Mapping[str, Json], **forms: Mapping[str, Json]
    ) -> Customer:
        """A customer buys; told are each act, the order, the documents and the ledger."""
        customer = await self.stage.begins(self.retailer, flow, package, **forms)
        customer.listener = lambda action: self.tell.act(customer.checkout, action)
        await self.stage.until(customer, bought)
        self.tell.line(f"has order {customer.checkout['order']['number']}")
        return customer

    async def papers(self, customer: Customer) -> None:
        """Tell the documents of a checkout, and who owes whom what."""
        documents = await self.shop("GET", f"{customer.href}/documents")
        self.tell.documents(documents["items"])
        self.tell.ledger(await self.shop("GET", f"{customer.href}/ledger"))

    async def opens(
        self, customer: Customer, kind: str, body: Json = None, *, by_customer: bool = False
    ) -> Json:
        """Open a case, e.g. `returns`, as the shop or as the customer; the case."""
        path = f"/{kind}"
        if by_customer:
            answer = await customer.ask("POST", path, body or {}, self.stage.key())
        else:
            path = f"{customer.href}{path}"
            answer = await self.stage.ask(self.retailer, "POST", path, body or {})
        if not answer.is_success:
            raise StoryBroken(f"POST {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def is_refused(self, customer: Customer, kind: str) -> None:
        """A case that cannot be opened any more: why, and until when it could."""
        path = f"{customer.href}/{kind}"
        answer = await self.stage.ask(self.retailer, "POST", path, {})
        if answer.is_success:
            raise StoryBroken(f"POST {path}: {answer.status_code}, although it is too late")
        problem = answer.json()
        self.tell.line(f"is refused: {problem['status']} {problem['title']}: {problem['detail']}")

    async def agreement(self, customer: Customer) -> str:
        """The number of the customer's credit agreement."""
        ledger = await self.shop("GET", f"{customer.href}/ledger")
        numbers = (one["number"] for one in ledger["contracts"] if one["what"] == "credit")
        return str(next(numbers))

    async def repays(self, customer: Customer, amount: int) -> None:
        """The customer pays the lender, by bank transfer."""
        agreement = await self.agreement(customer)
        await self.stage.tells_backend(f"lender/_repayments/{agreement}", {"amount": amount})
        self.tell.line(f"pays the lender {self.money(amount)}")

    async def pays_instalments(self, customer: Customer, count: int) -> None:
        """The customer has paid so many instalments of the credit to the lender by now."""
        agreement = await self.agreement(customer)
        await self.stage.tells_backend(f"lender/_payments/{agreement}", {"made": count})
        self.tell.line(f"has paid the lender {count} of the instalments")

    def money(self, amount: int) -> str:
        """An amount of the shop's currency in words."""
        return format_money(Money(amount=amount, currency="GBP"))

    async def case_asks(self, customer: Customer, case: str, step: str) -> Json:
        """A case once it waits for the customer at a step."""
        return await self._case(customer, case, step, ("waiting_customer",))

    async def case_once(self, customer: Customer, case: str, step: str) -> Json:
        """A case once a step of it is done."""
        return await self._case(customer, case, step, ("passed",))

    async def _case(
        self, customer: Customer, case: str, step: str, states: Collection[str]
    ) -> Json:
        async def look() -> Json:
            answer = await self.stage.ask(self.retailer, "GET", f"{customer.href}/cases/{case}")
            seen = answer.json() if answer.is_success else {"steps": ()}
            known = {one["name"]: one["state"] for one in seen["steps"]}
            return seen if known.get(step) in states else None

        return await self.stage.comes(look, f"{case}: {step} {' or '.join(states)}")

    async def answers(self, customer: Customer, case: Json, step: str, body: Json) -> None:
        """The customer answers what a case asks."""
        path = f"{customer.href}/cases/{case['case']}/steps/{step}"
        headers = {"Authorization": f"Bearer {customer.token}"}
        answer = await self.stage.api.put(path, json=body, headers=headers)
        if not answer.is_success:
            raise StoryBroken(f"PUT {path}: {answer.status_code} {answer.text}")

    async def ends(self, case: Json) -> Json:
        """Wait until nothing of a case moves any more; the case then."""
        href = f"/v1/checkouts/{case['checkout']}/cases/{case['case']}"

        async def look() -> Json:
            seen = await self.shop("GET", href)
            return seen if seen["settled"] and seen["status"] != "open" else None

        seen = await self.stage.comes(look, f"the end of {case['case']}")
        self.tell.line(f"the case {case['case']} is {seen['status']}")
        return seen

    async def shop(self, method: str, path: str, body: Json = None) -> Json:
        """What the retailer's server is answered."""
        return await self.stage.shop(self.retailer, method, path, body)


class Story(Record):
    """A story of the demo."""

    name: str
    title: str
    retailer: str
    play: Callable[[Scene], Awaitable[None]]
