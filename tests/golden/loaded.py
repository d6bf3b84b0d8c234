"""The golden data as values, with stored flows as this version compiles them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson

from tests.shipped import shipped
from unshackled.adapter_registry import find
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import FlowRegistry, compile_resolved
from unshackled.store.snapshot import parse
from unshackled.store.stored_records import StoredFlow

HERE: Final = Path(__file__).parent
Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One recorded snapshot: when it was written, how it stood then, and the plan of its flow."""

    name: str
    at: datetime
    status: str
    settled: bool
    checkout: Checkout
    plan: Plan


@dataclass
class Golden:
    """Everything that was recorded, made once."""

    book: FlowRegistry = field(default_factory=shipped)

    @cached_property
    def flows(self) -> list[StoredFlow]:
        """The stored flows."""
        return [decode(StoredFlow, one) for one in _json("flows.json")]

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """Their plans, by digest."""
        adapters = find()
        return {
            flow.digest: compile_resolved(flow.resolved, self.book, adapters) for flow in self.flows
        }

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        """Every snapshot."""
        return list(self._snapshots())

    def _snapshots(self) -> Iterator[Snapshot]:
        for line in gzip.decompress((HERE / "snapshots.jsonl.gz").read_bytes()).splitlines():
            one = orjson.loads(line)
            checkout = parse(orjson.dumps(one["public"]), orjson.dumps(one["personal"]))
            yield Snapshot(
                name=one["name"],
                at=datetime.fromisoformat(one["at"]),
                status=one["status"],
                settled=one["settled"],
                checkout=checkout,
                plan=self.plans[checkout.digest],
            )

    @cached_property
    def checkouts(self) -> Mapping[str, Json]:
        """The checkouts of the store, by scenario: id, the customer's token, status."""
        found: Mapping[str, Json] = _json("checkouts.json")
        return found

    @cached_property
    def events(self) -> Mapping[str, Json]:
        """The public data of an event of each type."""
        found: Mapping[str, Json] = _json("events.json")
        return found

    @cached_property
    def fields(self) -> Mapping[str, list[str]]:
        """The fields of every dataclass, by its module and name."""
        found: Mapping[str, list[str]] = _json("fields.json")
        return found

    def store(self, folder: Path) -> Path:
        """The SQLite file, copied into a folder."""
        path = folder / "store.db"
        path.write_bytes(gzip.decompress((HERE / "store.db.gz").read_bytes()))
        return path


def _json(name: str) -> Json:
    return json.loads((HERE / name).read_text(encoding="utf-8"))
