"""What an adapter declares: settings, ports, ways out of doubt, and where it may run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from unshackled.domain.records import Record
from unshackled.outbound import HttpClient, Marks, Owns
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.operation import Doubt, idempotent, lookup, manual
from unshackled.ports.outcome import Notice
from unshackled.sdk.envelope import coded

__all__ = [
    "Adapter",
    "Api",
    "BadSignature",
    "Doubt",
    "RawCallback",
    "Settings",
    "idempotent",
    "lookup",
    "manual",
]


class Settings(BaseModel):
    """Base of an adapter's settings; every field has a description, secrets are `SecretStr`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="Where the backend is, without a trailing slash.")


class RawCallback(Record):
    """A provider's callback as it arrived: signatures are checked on the raw body.

    `url` is the public address it was sent to, for vendors who sign that too.
    """

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime
    url: str = ""

    def header(self, name: str) -> str:
        """A header whatever its case; empty where it is missing."""
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), "")


class BadSignature(Exception):
    """A callback whose signature, age or shape is wrong; answered 401 and dropped."""


class Api(Record):
    """The vendor's interface that an adapter was written against.

    `checked` is the day its documents were read at `documents`, an address for people.
    `licence` is the SPDX id under which the vendor publishes its schema, where it does.
    """

    name: str
    version: str
    checked: date
    documents: str
    licence: str | None = None


class Adapter(Record):
    """One backend product: its settings, its capabilities and its way out of doubt.

    `connect(settings, http)` makes the client that every port of `ports` is built on; it sends
    nothing. `doubt` has an entry for each effect offered, by its key, e.g. `stock.reserve`; undos
    need none, they are repeatable. `without` has the operations of its capabilities that the
    product does not have.

    A callback is read by `callback(settings, raw)`, which is pure, or by `receive(client, raw)`
    where the vendor must be asked; either raises `BadSignature`. `acknowledgement` is the body
    that the vendor wants to be answered with, where it wants one.

    `countries` (ISO 3166-1 alpha-2) and `currencies` (ISO 4217) bound where it may be used; empty
    is anywhere. `owns(answer)` says whether an answer from status 400 on has the vendor's own form,
    by default `{"error": {"code": …}}`: any other is somebody else's between us and the vendor, and
    in doubt. `hosts` are the names it talks to in production; empty where each customer of the
    vendor has its own. `dry_runs` are the effects that a call with `dry_run` only tries. `marks`
    says where the vendor's answers have its own code and the request id that its support asks for.
    `card_form(settings)` is the address of the vendor's page with the fields of a card, which a
    checkout shows in a frame: it posts `{source: "card-form", type: "token", token, label}` to the
    origin in its query (`origin`), and `{type: "height", height}`; `locale` says its language.
    `amounts` are the sums that the vendor's
    documents say it takes, by operation and currency; where they say nothing it takes any.
    """

    title: str
    settings: type[Settings]
    connect: Callable[[Any, HttpClient], Any]
    ports: Mapping[str, Callable[[Any], Any]]
    doubt: Mapping[str, Doubt] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    callback: Callable[[Any, RawCallback], Sequence[Notice]] | None = None
    receive: Callable[[Any, RawCallback], Awaitable[Sequence[Notice]]] | None = None
    acknowledgement: bytes | None = None
    card_form: Callable[[Any], str] | None = None
    api: Api | None = None
    countries: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    hosts: tuple[str, ...] = ()
    dry_runs: frozenset[str] = frozenset()
    marks: Marks = field(default_factory=Marks)
    owns: Owns = coded
    amounts: Ranges = field(default_factory=dict)

    def client(self, settings: Any, http: HttpClient) -> Any:
        """Connect, believing of the errors that arrive only those of the vendor."""
        http.believe(self.owns)
        return self.connect(settings, http)

    def offers(self, operation: str) -> bool:
        """Whether the product has an operation, e.g. `credit.quote`."""
        return operation.partition(".")[0] in self.ports and operation not in self.without
