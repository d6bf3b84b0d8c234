"""Pay.UK's tables from the files that the settings name: read once, at the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from unshackled.domain.customer import BankAccount
from unshackled.domain.modulus import Table, parse_substitutes, parse_weights
from unshackled.domain.records import Record
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import FlowRegistry
from unshackled.telemetry import get_logger

if TYPE_CHECKING:  # who builds has them
    from unshackled.settings import ServiceSettings

T = TypeVar("T")
log = get_logger(__name__)


class BankWeights(Record):
    """The tables, and when the file of weights was last changed."""

    table: Table
    changed: datetime

    def age(self, now: datetime) -> float:
        """Seconds since the weights were changed: new ones are published every few weeks."""
        return (now - self.changed).total_seconds()


def read_weights(settings: ServiceSettings) -> BankWeights | None:
    """The weights that bank accounts are checked by, None where none are configured.

    Raises `ValueError` naming setting, file and line.
    """
    path, substitutes = settings.bank_weights, settings.bank_substitutes
    if path is None:
        return None
    weights = _parsed("bank_weights", path, parse_weights)
    pairs = _parsed("bank_substitutes", substitutes, parse_substitutes) if substitutes else {}
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return BankWeights(table=Table(weights=weights, substitutes=pairs), changed=changed)


def _parsed(setting: str, path: Path, parse: Callable[[Sequence[str]], T]) -> T:
    try:
        return parse(path.read_text("ascii", errors="replace").splitlines())
    except (OSError, ValueError) as error:
        from unshackled.settings import variable

        told = error if isinstance(error, OSError) else f"{path}: {error}"
        raise ValueError(f"{variable(setting)}: {told}") from None


def tell_of_weights(
    weights: BankWeights | None, book: FlowRegistry, now: datetime, *, demo: bool = False
) -> None:
    """Say once, at the start, how bank accounts are checked, where a flow asks for one."""
    asking = sorted({plan.retailer for plan in book.plans.values() if _asks(plan)})
    if weights is not None:
        days = int(weights.age(now) // 86_400)
        log.info("bank_accounts.checked", rows=len(weights.table.weights), days_old=days)
    elif asking:
        tell = log.info if demo else log.warning
        tell("bank_accounts.form_only", retailers=asking, setting="UNSHACKLED_BANK_WEIGHTS")


def _asks(plan: Plan) -> bool:
    outputs = (step.definition.output for step in plan.steps.values())
    return any(output is not None and issubclass(output, BankAccount) for output in outputs)
