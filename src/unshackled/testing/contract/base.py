"""What every part of the suite stands on: benches, and what went over their wires."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from starlette.types import ASGIApp

from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.outbound import HttpClient
from unshackled.ports.operation import Operation
from unshackled.sdk import Adapter
from unshackled.sdk.standin import StandIn
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.exchanges import Exchange
from unshackled.testing.vendor_schema import NAME as SCHEMA
from unshackled.testing.vendor_schema import VendorSchema
from unshackled.testing.vendor_schema import load as load_schema

CURRENCIES: Final = ("GBP", "JPY", "KWD")


class Suite:
    """Subclass it with the adapter's name and settings; override what its stand-in needs."""

    adapter: ClassVar[str]
    settings: ClassVar[Mapping[str, object]] = {}
    shelf: ClassVar[AdapterRegistry] = find()
    bench_type: ClassVar[type[AdapterHarness]] = AdapterHarness
    # Fields that the vendor has beyond its published schema, each proved by its documents.
    undocumented: ClassVar[frozenset[str]] = frozenset()
    # The test of the subclass that checks exchanges where `contract/schema.json` cannot: XML.
    checked_by: ClassVar[str] = ""

    # Of the answers of strangers, one in so many is tried with each exchange: every body, every
    # status, and which of them meet moves on with the exchange and the operation. 1 tries all.
    one_in: ClassVar[int] = 1

    # Whether the vendor signs the time with its callbacks, so that an old one can be told.
    signs_time: ClassVar[bool] = True
    # Whether it signs the body; one that does not is asked about whatever arrives.
    signs_body: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _every_exchange_is_the_vendors(self) -> Iterator[None]:
        """Whatever a test is about: what went over the wire fits the vendor's schema."""
        yield
        wrong = list(self.mistakes())
        # pytest keeps every test to the end of the run: not what was said in it, too.
        self.used.clear()
        assert not wrong, "\n".join(wrong)

    @cached_property
    def used(self) -> list[AdapterHarness]:
        """The benches of this test."""
        return []

    def mistakes(self) -> Iterator[str]:
        """What this test's exchanges and callbacks have against the vendor's schema, each once."""
        schema = self.schema()
        if schema is None:
            return
        told = (
            mistake
            for bench in self.used
            for found in (
                *(self._of(bench, schema.mistakes(one)) for one in _distinct(bench.tape.exchanges)),
                *(schema.callback_mistakes(one.body, one.headers) for one in bench.callbacks),
            )
            for mistake in found
        )
        yield from dict.fromkeys(told)

    @cached_property
    def refusing(self) -> list[AdapterHarness]:
        """The benches that were sent what breaks the vendor's schema, so that it refuses it."""
        return []

    def _of(self, bench: AdapterHarness, mistakes: Iterable[str]) -> Iterable[str]:
        """The mistakes of an exchange; what was sent wrongly on purpose is none."""
        return (one for one in mistakes if bench not in self.refusing or " request: " not in one)

    def schema(self) -> VendorSchema | None:
        """The vendor's schema in the adapter's folder, if there is one."""
        folder = self.shelf.folder(self.adapter)
        path = folder / "contract" / SCHEMA if folder else None
        if folder is None or path is None or not path.is_file():
            return None
        return _schema(folder, self.undocumented, path.stat().st_mtime_ns)

    def stand_in(self) -> StandIn:
        """A fresh stand-in."""
        return self.shelf.stand_in(self.adapter)

    def currencies(self) -> tuple[str, ...]:
        """Those of GBP, JPY and KWD that the adapter does; else the first that it does."""
        done = self.declared().currencies
        tried = tuple(one for one in CURRENCIES if not done or one in done)
        return tried or (min(done),)

    def bench(
        self,
        *,
        http: HttpClient | None = None,
        currency: str | None = None,
        through: Callable[[ASGIApp], ASGIApp] | None = None,
    ) -> AdapterHarness:
        """The adapter over a fresh stand-in, in pounds where it does those.

        `through` stands between the two, e.g. to cut answers.
        """
        adapter = self.declared()
        settings = adapter.settings.model_validate({"base_url": BASE_URL, **self.settings})
        made = self.bench_type(
            adapter=adapter,
            stand_in=self.stand_in(),
            settings=settings,
            http=http,
            currency=currency or self.currencies()[0],
            through=through,
        )
        self.used.append(made)
        return made

    def benches(self, *, effects: bool = False) -> Iterator[tuple[AdapterHarness, Operation]]:
        """A fresh bench for each operation, or for each effect."""
        offered = self.bench()
        for operation in offered.effects if effects else offered.operations:
            yield self.bench(), operation

    async def decline(self, bench: AdapterHarness, operation: Operation) -> Any:
        """Make a call that the backend declines."""
        request = await bench.prepare(operation)
        bench.stand_in.play("decline", operation.key)
        return await bench.run(operation, request=request)

    def declared(self) -> Adapter:
        """The adapter as it declares itself."""
        return self.shelf.load(self.adapter)


@cache
def _schema(folder: Path, undocumented: frozenset[str], changed_at: int) -> VendorSchema | None:
    """Read once for all tests of a process: compiling a vendor's schemas takes seconds."""
    return load_schema(folder, undocumented)


def _distinct(exchanges: Iterable[Exchange]) -> Iterable[Exchange]:
    """Each exchange once, however often the same was said: a poll is judged like the first."""
    return {
        (
            *(one.method, one.path, one.query, one.body, frozenset(one.headers.items())),
            *(one.status, one.answer_body, frozenset(one.answer_headers.items())),
            *(one.complete, one.struck),
        ): one
        for one in exchanges
    }.values()


@contextmanager
def raises(error: type[Exception], operation: Operation) -> Iterator[None]:
    """The body raises this error and no other; named by operation where it does not."""
    try:
        yield
    except error:
        return
    except Exception as other:
        raise AssertionError(f"{operation.key}: {other!r} instead of {error.__name__}") from other
    raise AssertionError(f"{operation.key}: answered instead of {error.__name__}")
