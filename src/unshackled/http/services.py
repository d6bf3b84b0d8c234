"""What the HTTP part is built on; the composition root makes one of these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Protocol

from starlette.types import ASGIApp

from unshackled.domain.catalogue import Catalogue, Freshness
from unshackled.domain.clock import Clock
from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.domain.modulus import Table
from unshackled.domain.records import Record
from unshackled.domain.stock_level import StockLevel
from unshackled.domain.url_text import origin_of
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.flow.plan.registry import FlowRegistry
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.room_admission import Admission
from unshackled.http.ids import Ids
from unshackled.ports.outcome import Notice
from unshackled.routing.router import Router
from unshackled.sdk import RawCallback
from unshackled.store.port import Store
from unshackled.store.stored_records import StoredKey

Ping = Callable[[], Awaitable[None]]
Metrics = Callable[[], tuple[bytes, str]]
Layer = Callable[[ASGIApp], ASGIApp]


class CurrentCatalogues(Protocol):
    """What each account sells now, e.g. `northstar` or `northstar:test`."""

    async def catalogue(self, account: str) -> Catalogue:
        """An account's catalogue; raises a `ProviderError` when it cannot be had."""

    def at_hand(self, account: str) -> Catalogue | None:
        """The same without waiting; None where it has to be read first."""

    def freshness(self, account: str) -> Freshness:
        """How old what is served is."""


class CurrentStock(Protocol):
    """How much each account has of what it sells."""

    async def levels(self, account: str, catalogue: Catalogue) -> Mapping[str, StockLevel]:
        """By SKU, as far as it is known now; it never fails, and answers soon."""

    def recent_levels(self, account: str) -> Mapping[str, StockLevel]:
        """What was read lately, without asking anybody."""


class MessageProviders(Protocol):
    """The configured providers, as far as they send messages of their own."""

    async def callback(self, retailer: str, provider: str, raw: RawCallback) -> Sequence[Notice]:
        """Check and read a callback; raises `BadSignature`, or `LookupError` for no provider."""

    def acknowledgement(self, retailer: str, provider: str) -> bytes | None:
        """What the vendor wants a callback to be answered with; None where it does not matter."""


def _nothing_stuck() -> Iterable[tuple[str, str]]:
    return ()


def _no_form(account: str, provider: str) -> str | None:
    return None


class Services(Record):
    """Everything a request may touch.

    `public_url` is our address as browsers and providers see it, without a trailing slash;
    `checkout_page` that of the page on which customers buy, unless a retailer has its own.
    `operators` are names with the SHA-256 (hexadecimal) of their secrets. `demo_keys` are known to
    all and in no store: empty but in the demo. `pings` are asked by
    `/readyz`, the store beside them; `stuck` tells it what does not come on: a name and a sentence.
    `second_person` are the actions of operators that another
    one must approve; `letters` decides on dead letters, `router` on who serves. `bank` has the
    weights by which bank accounts are checked. `links` opens documents by the
    link of a message. `card_form` is the page of an account's provider with the fields of a card.
    `keys_for` is how long a key that was checked is
    remembered: not at all where asking the store again costs nothing. `layers` wrap the
    application, the first one outermost. `admission` has the waiting rooms.
    """

    engine: Engine
    store: Store
    book: FlowRegistry
    catalogues: CurrentCatalogues
    providers: MessageProviders
    clock: Clock
    ids: Ids
    public_url: str
    checkout_page: str = ""
    bucket_salt: str = ""
    operators: Mapping[str, str] = field(default_factory=dict)
    demo_keys: Mapping[str, StoredKey] = field(default_factory=dict)
    second_person: frozenset[str] = frozenset()
    letters: DeadLetterService | None = None
    router: Router | None = None
    stock: CurrentStock | None = None
    admission: Admission | None = None
    bank: Table | None = None
    links: DocumentLinks | None = None
    card_form: Callable[[str, str], str | None] = _no_form
    pings: Mapping[str, Ping] = field(default_factory=dict)
    stuck: Callable[[], Iterable[tuple[str, str]]] = _nothing_stuck
    metrics: Metrics | None = None
    layers: Sequence[Layer] = ()
    keys_for: timedelta = timedelta(0)
    return_wait: timedelta = timedelta(seconds=3)
    heartbeat: timedelta = timedelta(seconds=15)
    stream_limit: timedelta = timedelta(hours=1)

    @property
    def public_origin(self) -> str:
        """Our origin, as browsers write it."""
        return origin_of(self.public_url)
