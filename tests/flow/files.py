"""A folder of flows to break: one good base flow, one retailer, adapters that do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from textwrap import dedent, indent

from pydantic import Field, SecretStr

from unshackled import sdk
from unshackled.adapter_registry import ShelfError
from unshackled.domain.records import replace
from unshackled.flow.language.diagnostics import FlowMistake, FlowMistakes
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.provider_config import Adapters as Shelf
from unshackled.flow.plan.registry import FlowRegistry, load_flows
from unshackled.sdk import Adapter, Doubt, lookup

HERE = "# <-"


class Settings(sdk.Settings):
    """Settings with a secret, a number and a duration."""

    key: SecretStr = Field(description="The key.")
    limit: int = Field(default=1, ge=1, description="A number.")
    poll_after: timedelta = Field(default=timedelta(seconds=1), description="A duration.")


def adapter(capabilities: str, *effects: str) -> Adapter:
    """An adapter that offers capabilities, and of the effects only those named."""
    doubt: dict[str, Doubt] = {key: lookup() for key in effects}
    return Adapter(
        title="Fake",
        settings=Settings,
        connect=lambda *_: None,
        ports={name: lambda client: client for name in capabilities.split()},
        doubt=doubt,
    )


ADAPTERS: Mapping[str, Adapter] = {
    "shop": adapter(
        "stock orders catalogue", "stock.reserve", "orders.place", "orders.accept_return"
    ),
    "old_shop": replace(
        adapter("stock orders", "stock.reserve", "orders.place"),
        without=frozenset({"orders.dispatch"}),
    ),
    "bank": adapter("credit", "credit.apply", "credit.activate", "credit.settle", "credit.end"),
    "half_bank": adapter("credit", "credit.apply"),
    "psp": adapter("payment", "payment.charge", "payment.refund_amount"),
    "euro_psp": replace(adapter("payment", "payment.charge"), currencies=frozenset({"EUR"})),
    "desk": adapter(
        "agreement identity notification sim address delivery trade_in mandate",
        "agreement.sign",
        "identity.verify",
        "notification.send",
        "sim.activate",
        "sim.stop",
        "trade_in.accept",
        "mandate.set_up",
    ),
}


@dataclass(frozen=True)
class Adapters:
    """A shelf in memory; `broken` ones cannot be imported."""

    known: Mapping[str, Adapter] = field(default_factory=lambda: ADAPTERS)
    broken: tuple[str, ...] = ("broken",)

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.known, *self.broken)

    def load(self, name: str) -> Adapter:
        if name in self.broken:
            raise ShelfError(f"adapter {name}: does not import")
        return self.known[name]


HEAD = """
language: 1
retailer: {id: acme, name: Acme, locale: en-GB, time_zone: Europe/London, currency: GBP}
"""
PROVIDERS = """
providers:
  shop: {adapter: shop, settings: {base_url: env:SHOP_URL, key: env:SHOP_KEY}}
  shed: {adapter: shop, settings: {base_url: env:SHED_URL, key: env:SHED_KEY}}
  old: {adapter: old_shop, settings: {base_url: env:OLD_URL, key: env:OLD_KEY}}
  bank: {adapter: bank, settings: {base_url: env:BANK_URL, key: env:BANK_KEY}}
  second: {adapter: bank, settings: {base_url: env:BANK_URL, key: env:BANK_KEY}}
  half: {adapter: half_bank, settings: {base_url: env:BANK_URL, key: env:BANK_KEY}}
  euros: {adapter: euro_psp, settings: {base_url: env:PSP_URL, key: env:PSP_KEY}}
  psp: {adapter: psp, settings: {base_url: env:PSP_URL, key: env:PSP_KEY}}
  desk: {adapter: desk, settings: {base_url: env:DESK_URL, key: env:DESK_KEY}}
defaults:
  {stock: shop, orders: shop, credit: bank, payment: psp, agreement: desk,
   identity: desk, notification: desk, sim: desk, trade_in: desk, mandate: desk, delivery: desk,
   catalogue: shop}
"""
GOOD = """
language: 1
sells: {handset: optional, tariff: optional, credit: optional, accessories: optional}
steps:
  contact: {collect: contact}
  address: {collect: address}
  stock: {call: stock.reserve}
  income: {collect: income_and_outgoings, when: has(package.credit) && package.credit.amount > 3}
  prequalify:
    {call: credit.quote, needs: [contact, address, income], when: has(package.credit)}
  consent: {collect: credit_search_consent, needs: [prequalify], when: has(package.credit)}
  credit: {call: credit.apply, needs: [prequalify], when: has(package.credit)}
  documents:
    {show: pre_contract_credit_information, needs: [credit], when: has(package.credit)}
  agreement: {call: agreement.sign, needs: [contact, documents], when: has(package.credit)}
  card: {collect: payment_method}
  confirm: {confirm: package}
  deposit: {call: payment.charge, needs: [confirm, card]}
  order: {call: orders.place, needs: [deposit], pivot: true}
  activate: {call: credit.activate, needs: [order], when: has(package.credit)}
  sim: {call: sim.activate, needs: [order], when: has(package.tariff)}
  sent: {call: notification.send, needs: [order], best_effort: true}
"""


def steps(text: str) -> str:
    """A retailer's file whose one flow changes the good base flow."""
    body = indent(dedent(text).strip(), "      ")
    return f"{HEAD}{PROVIDERS}\nflows:\n  buy:\n    extends: base/good\n    steps:\n{body}\n"


def cases(text: str) -> str:
    """A retailer's file with the good flow and, beside it, flows of cases."""
    body = indent(dedent(text).strip(), "  ")
    return f"{HEAD}{PROVIDERS}\nflows:\n  buy: {{extends: base/good}}\n{body}\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder `flows` with these files, and the good base flow unless it is among them."""
    root = folder / "flows"
    for name, text in {"base/good.yaml": GOOD, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def load(folder: Path, text: str, **others: str) -> FlowRegistry:
    """The book of one retailer's file."""
    return load_flows(write(folder, {"acme.yaml": text, **others}), Adapters())


def plan(folder: Path, changes: str = "{}") -> Plan:
    """The plan of the good flow with changes."""
    return load(folder, steps(changes)).plan("acme", "buy")


def mistakes(
    folder: Path, files: Mapping[str, str], adapters: Shelf | None = None
) -> Sequence[FlowMistake]:
    """All that is wrong with a folder; nothing when it loads."""
    try:
        load_flows(write(folder, files), adapters or Adapters())
    except FlowMistakes as wrong:
        return wrong.mistakes
    return ()


def marked_line(text: str) -> int:
    """The line that a case marks as the wrong one; 0 when it marks none."""
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if HERE in line]
    return lines[0] if lines else 0
