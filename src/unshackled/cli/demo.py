"""`unshackled demo`: stories in this process, or three customers of a server, call by call."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, NoReturn

import typer

from unshackled.cli.failure import call_lines, failure, problem_line, standing_lines
from unshackled.errors import UnshackledError

QUIET_SECONDS: Final = 10.0
PATIENCE: Final = 5
# Whose customer gets a quote first, and buys at its price.
QUOTED: Final = "northstar"
# A card that every stand-in of a payment provider takes.
CARD: Final = "pm_card_visa"
PACKAGES: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "northstar": (
        "handset-on-credit",
        "A phone on 24-month credit, with a SIM; the shop behind it speaks SOAP",
        {
            "handset": "handset-mid",
            "tariff": "sim-50gb",
            "credit": {"plan": "credit-24-0", "deposit": 4900},
        },
    ),
    "pocket": (
        "sim-only",
        "A SIM only, paid by Direct Debit, no credit",
        {"tariff": "sim-20gb"},
    ),
    "orbit": (
        "upgrade",
        "An upgrade: the old phone comes back, the old agreement is settled, a new one signed",
        {
            "handset": "handset-pro",
            "tariff": "sim-50gb",
            "credit": {"plan": "credit-24-0", "deposit": 4900},
        },
    ),
}
INTRODUCTION: Final = """
A customer buys over the public API, told by each answer what comes next. A line shows what the
customer does, how long the answer took, and how the checkout stands after it; an arrow shows a
call to a backend that this caused, and what came of it."""
TRACE: Final = "The trace: a tree for each request, below it what it caused, and how long it took."


class DemoFailed(UnshackledError):
    """A customer of the demo could not buy."""


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    retailer: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(PACKAGES)}; all of them by default.")
    ] = None,
    story: Annotated[str | None, typer.Option(help="One story by its name, as printed.")] = None,
    url: Annotated[
        str | None,
        typer.Option(help="A server in demo mode: three customers buy there, in real time."),
    ] = None,
) -> None:
    """Play customers from the first click to long after the sale, on a clock that is moved by days.

    Without `--url` it needs no server: service and stand-ins run in this process.
    """
    if retailer is not None and retailer not in PACKAGES:
        raise ValueError(f"unknown retailer {retailer!r}: allowed are {', '.join(PACKAGES)}")
    if url is None:
        from unshackled.stories.play import play_stories
        from unshackled.telemetry import configure_logging

        configure_logging("critical")
        asyncio.run(play_stories(typer.echo, retailer=retailer, name=story))
        return
    if story is not None:
        raise ValueError("--story: a server lives in real time; stories need a clock of their own")
    if not _in_demo_mode(url):
        raise DemoFailed(f"{url}: no server in demo mode answers there; `make run` starts one")
    typer.echo(INTRODUCTION)
    for name in [retailer] if retailer else list(PACKAGES):
        asyncio.run(Play(url, name).run())


def _in_demo_mode(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/demo/stories/none", timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _number() -> int:
    """Another number in each millisecond."""
    return time.time_ns() // 1_000_000


def _old_agreement() -> str:
    """One of ten thousand that the stand-in lender knows, in good standing."""
    return f"AGR-1{_number() % 10_000:04d}1"


@dataclass
class Play:
    """One customer of one retailer."""

    url: str
    retailer: str
    announced: set[str] = field(default_factory=set)
    attempts: Counter[str] = field(default_factory=Counter)
    count: int = 0

    async def run(self) -> None:
        """Buy, then show the trace; raises `DemoFailed` with what stood in the way."""
        from unshackled.testing.visit import PageUnreachable, reaching

        try:
            with reaching():
                await self._run()
        except PageUnreachable as error:
            hint = "does `make run` still run there, with its stand-ins?"
            raise DemoFailed(failure(self.retailer, str(error), [hint])) from None

    async def _run(self) -> None:
        from unshackled.demo_mode import demo_key
        from unshackled.testing.customer import FORMS, Customer
        from unshackled.testing.made_up_devices import imei_of
        from unshackled.testing.visit import client

        flow, about, package = PACKAGES[self.retailer]
        typer.echo(f"\n{self.retailer.upper()}  {about}\n{'─' * 100}")
        async with client(self.url, demo_key(self.retailer)) as api:
            body: dict[str, Any] = {"flow": flow, "package": package}
            if self.retailer == QUOTED:
                body = {"quote_id": await self._quote(api, body)}
            started = time.perf_counter()
            answer = await api.post(
                "/v1/checkouts",
                json=body,
                headers={"Idempotency-Key": f"demo-{time.time_ns()}"},
            )
            if answer.status_code != 201:
                what = f"begins the checkout: {_problem(answer)}"
                raise DemoFailed(failure(self.retailer, what, _hints(answer)))
            seen = answer.json()
            customer = Customer(
                api=api,
                checkout=seen,
                token=seen["customer_token"],
                shop_key=demo_key(self.retailer),
                pages=self._visit,
                # An old agreement is settled once, an old phone traded in once: others each time.
                forms={
                    **FORMS,
                    "device_return": {**FORMS["device_return"], "imei": imei_of(_number())},
                    "existing_agreement": {"agreement": _old_agreement()},
                    "payment_method": {**FORMS["payment_method"], "token": CARD},
                },
            )
            await self._tell(api, customer, "begins the checkout", started)
            await self._buy(api, customer)
            await self._end(api, customer)

    async def _quote(self, api: Any, body: dict[str, Any]) -> str:
        """Ask for a price that is stored; its id."""
        started = time.perf_counter()
        answer = await api.post("/v1/quotes", json=body)
        if not answer.is_success:
            what = f"gets a quote: {_problem(answer)}"
            raise DemoFailed(failure(self.retailer, what, _hints(answer)))
        quote = answer.json()
        took = 1000 * (time.perf_counter() - started)
        typer.echo(
            f"  the customer {'gets a quote, with a link to share':<58}{took:6.0f} ms   valid"
        )
        typer.echo(f"      {quote['share_url']}")
        return str(quote["id"])

    async def _visit(self, page: str) -> None:
        """Go to the provider's page, choose, and come back."""
        from unshackled.testing.visit import visit

        await visit(page, self.url)

    async def _buy(self, api: Any, customer: Any) -> None:
        while customer.checkout["status"] not in ("completed", "canceled"):
            action = customer.next_action()
            if action is None:
                if customer.checkout["status"] == "complete_in_progress":
                    return
                await self._wait(customer)
                continue
            await self._count(customer, action)
            started = time.perf_counter()
            answer = await customer.act(action)
            if answer is not None and not answer.is_success:
                what = f"{_says(action, customer.checkout)}: {_problem(answer)}"
                await self._fail(customer, what)
            await self._tell(api, customer, _says(action, customer.checkout), started)

    async def _count(self, customer: Any, action: dict[str, Any]) -> None:
        """Raise `DemoFailed` where the same is asked for again and again, e.g. after declines."""
        from unshackled.testing.customer import describe

        self.attempts[action["id"]] += 1
        if self.attempts[action["id"]] > PATIENCE:
            stands = describe(customer.checkout)
            await self._fail(customer, f"{action['id']} is asked for again: {stands}")

    async def _fail(self, customer: Any, what: str) -> NoReturn:
        """Raise `DemoFailed` with the steps, the messages and the provider calls behind it."""
        from unshackled.testing.visit import story

        spans = (await story(customer.api, customer.id))["spans"]
        lines = [*standing_lines(customer.checkout), *call_lines(spans)]
        raise DemoFailed(failure(self.retailer, what, lines))

    async def _wait(self, customer: Any) -> None:
        """A provider is at work; the customer looks again in a moment."""
        self.count += 1
        if self.count > 200:
            await self._fail(customer, f"{customer.id} does not go on")
        await asyncio.sleep(0.1)
        await customer.read()

    async def _tell(self, api: Any, customer: Any, what: str, started: float) -> None:
        from unshackled.testing.visit import story

        took = 1000 * (time.perf_counter() - started)
        typer.echo(f"  the customer {what:<58}{took:6.0f} ms   {customer.checkout['status']}")
        for span in (await story(api, customer.id))["spans"]:
            if span["id"] not in self.announced:
                self.announced.add(span["id"])
                typer.echo(
                    f"      → {span['operation']:<24} at {span['provider']:<16}"
                    f"{span['milliseconds']:15.1f} ms   {span['outcome']}"
                )

    async def _end(self, api: Any, customer: Any) -> None:
        from unshackled.testing.visit import story

        until = time.monotonic() + QUIET_SECONDS
        seen = await customer.read()
        while not seen["settled"] and time.monotonic() < until:
            await asyncio.sleep(0.05)
            await customer.read()
            await self._buy(api, customer)
            seen = customer.checkout
        if seen["status"] != "completed":
            await self._fail(customer, f"ended {seen['status']}")
        order = (seen["order"] or {}).get("number")
        typer.echo(f"\n  {seen['status']}: order {order}\n\n  {TRACE}")
        for line in (await story(api, customer.id))["tree"]:
            typer.echo(f"    {line}")


def _problem(answer: Any) -> str:
    try:
        document = answer.json()
    except ValueError:
        document = None
    return problem_line(answer.status_code, document)


def _hints(answer: Any) -> list[str]:
    """What a newcomer can do about it."""
    if answer.status_code == 401:
        return ["the demo's keys count only where UNSHACKLED_DEMO is set, as `make run` does"]
    if answer.status_code == 503:
        return ["a backend is away: do the stand-ins of `make run` still run?"]
    return []


def _says(action: dict[str, Any], checkout: dict[str, Any]) -> str:
    """An action in words, e.g. `gives bank account`."""
    words = {
        "submit": "gives",
        "show": "is shown",
        "choose": "chooses",
        "redirect": "goes to the provider's page for",
        "renew": "wants again, after a while, the",
        "confirm": "says yes to the",
    }
    if action["step"] is None:
        return "takes another package"
    does = {step["name"]: step["does"] for step in checkout["steps"]}[action["step"]]
    # A call reads `agreement.sign`: there the step's own name says more.
    about = action["step"] if "." in does else does
    return f"{words.get(action['type'], action['type'])} {about.replace('_', ' ')}"
