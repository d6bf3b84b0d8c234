"""What a vendor says of money is reported as it is: the engine compares it with what was asked."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.domain.personal import fields_of
from unshackled.errors import ProviderError
from unshackled.ports.amount_ranges import ReportsAmount, difference
from unshackled.ports.operation import Operation
from unshackled.sdk import Passed
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.base import Suite


class Amounts(Suite):
    """Promises about the money that an outcome reports."""

    async def test_what_is_reported_is_what_was_asked(self) -> None:
        """A vendor that does as it was told is never taken for one that did not, in any currency.

        Of the answer and of a look-up alike.
        """
        for currency in self.currencies():
            for operation in self.reporting():
                bench = self.bench(currency=currency)
                outcome = await bench.run(operation)
                for told in (outcome, await self._found(bench, operation)):
                    assert not _differs(bench, operation, told), operation.key

    async def test_another_amount_in_an_answer_is_reported_as_it_is(self) -> None:
        """A vendor that answers with less than it was asked for is found out, or in doubt.

        What it answers is changed on the wire by one minor unit wherever the amount stands.
        """
        for operation in self.reporting():
            wrong, bench = self._tampered()
            request, call = await bench.prepare(operation), bench.call(operation)
            wrong.amounts = await self._right(operation)
            with suppress(ProviderError):
                told = await bench.send(operation, request, call)
                _found_out(wrong, told, request, bench.currency)

    async def test_another_amount_in_a_look_up_is_reported_as_it_is(self) -> None:
        """The same of what a look-up tells."""
        for operation in self.reporting():
            wrong, bench = self._tampered()
            await bench.run(operation)
            wrong.amounts = await self._right(operation)
            with suppress(ProviderError):
                told = await self._found(bench, operation)
                _found_out(wrong, told, bench.history[operation.key].request, bench.currency)

    def _tampered(self) -> tuple[ChangedAmounts, AdapterHarness]:
        wrong = ChangedAmounts()
        return wrong, self.bench(currency=self.currencies()[0], through=wrong.between)

    async def _right(self, operation: Operation) -> frozenset[int]:
        """The sums that the operation reports when nothing is changed."""
        outcome = await self.bench(currency=self.currencies()[0]).run(operation)
        return _amounts(outcome.output)

    def reporting(self) -> tuple[Operation, ...]:
        """The effects whose output reports money."""
        effects = self.bench().effects
        return tuple(one for one in effects if issubclass(one.output, ReportsAmount))

    async def _found(self, bench: AdapterHarness, operation: Operation) -> Any:
        if not self.declared().doubt[operation.key].lookup:
            return None
        return await bench.look_up(operation, bench.history[operation.key].call)


def _differs(bench: AdapterHarness, operation: Operation, result: Any) -> str | None:
    if not isinstance(result, Passed):
        return None
    return difference(result.output, bench.history[operation.key].request, bench.currency)


def _found_out(wrong: ChangedAmounts, result: Any, request: Any, currency: str) -> None:
    if wrong.changed and isinstance(result, Passed):
        assert difference(result.output, request, currency), result


def _amounts(output: Any) -> frozenset[int]:
    """Every sum of money in an output, in minor units."""
    names = ("amount", "total", "due_today", "lender", "customer", "owed", "interest")
    shape: Any = type(output)
    held = fields_of(shape)
    found = (getattr(output, name) for name in names if name in held)
    return frozenset(value for value in found if value)


@dataclass(kw_only=True)
class ChangedAmounts:
    """Answers whose `amounts` are one minor unit less; `changed` counts them."""

    amounts: frozenset[int] = frozenset()
    changed: int = field(default=0)

    def between(self, app: ASGIApp) -> ASGIApp:
        """The application behind such a wire."""

        async def tamper(scope: Scope, receive: Receive, send: Send) -> None:
            kept: list[Message] = []

            async def keep(message: Message) -> None:
                kept.append(message)

            await app(scope, receive, keep)
            body = self._lessen(b"".join(message.get("body", b"") for message in kept))
            head = [(k, v) for k, v in kept[0]["headers"] if k.lower() != b"content-length"]
            head.append((b"content-length", str(len(body)).encode()))
            await send({**kept[0], "headers": head})
            await send({"type": "http.response.body", "body": body})

        return tamper

    def _lessen(self, body: bytes) -> bytes:
        """Every spelling of an amount, as minor units or with its decimals."""
        for amount in self.amounts:
            spelled = {
                str(amount): str(amount - 1),
                f"{amount / 100:.2f}": f"{(amount - 1) / 100:.2f}",
                f"{amount / 100}": f"{(amount - 1) / 100}",
            }
            for old, new in spelled.items():
                whole = rb"(?<![\w.])" + re.escape(old.encode()) + rb"(?![\w.])"
                body, times = re.subn(whole, new.encode(), body)
                self.changed += times
        return body
