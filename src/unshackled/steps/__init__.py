"""Step kinds: how a step of a flow is satisfied. One file per kind, found by being there.

A kind is a class with a `key` (what flows write) and `define(value, options, library)`, which makes
a `Definition` or raises `WrongValue` saying what is allowed. The keys of a step that only this kind
knows are the fields of a model, its `options`. Kinds never see the flow they are in.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from unshackled.domain.age_limits import AgeLimit
from unshackled.domain.documents import Circumstances, Template
from unshackled.domain.market_rules import MarketPack, MarketRules
from unshackled.domain.memo import Memo
from unshackled.domain.modulus import Table
from unshackled.domain.records import Record
from unshackled.entry_points import entry_points_of
from unshackled.errors import UnshackledError
from unshackled.markets import BEFORE_MARKETS, market_pack
from unshackled.messages import Document, say, written
from unshackled.ports import Operation, all_operations
from unshackled.ports.outcome import Declined, Outcome, Passed

Json = Any
Entry = Literal["call", "query_then_customer", "customer", "review", "rule"]
# The same object every time, so that what is made of it is made once.
NOTHING: Final[Json] = {"type": "object", "additionalProperties": False}


class WrongValue(ValueError):
    """The value of a step kind in a flow is wrong; the message says what is allowed."""


class UnknownName(WrongValue):
    """The value names something that there is not, or that no step may name."""


class FieldError(Record):
    """One wrong field of a submission: its path, a code, a sentence, and the allowed values."""

    path: str
    code: str
    message: str
    allowed: tuple[str, ...] = ()


class InvalidInput(ValueError):
    """A submission with wrong fields; nothing of it was kept."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        """Keep every wrong field, so that all are reported at once."""
        super().__init__("; ".join(f"{error.path}: {error.message}" for error in errors))
        self.errors = tuple(errors)


class StepContext(Record):
    """What a kind may look at: the typed request, the options on offer, the time.

    `now` is in the retailer's zone: its `date()` is the day that rules go by.
    `locale` is the checkout's: the sentences of an `InvalidInput` are written in it, by
    `unshackled.messages.say`.
    `country` is where a phone number without a country's code is from; `age_limits` say from
    which age on what is in the package is sold; `market` is the
    retailer's; `bank` checks bank accounts where it is configured. `stored` says that the
    submission was taken before, perhaps by another version: it is not judged again. `by` is what a
    document is written from beside its facts.
    """

    request: Any = None
    offer: Json = None
    now: datetime
    locale: str = "en-GB"
    country: str = "GB"
    age_limits: tuple[AgeLimit, ...] = ()
    bank: Table | None = None
    stored: bool = False
    market: MarketPack | None = None
    by: Circumstances = Circumstances()

    @property
    def rules(self) -> MarketRules:
        """What the market's law says on the day of `now`; `LookupError` where none covers it."""
        return (self.market or market_pack(BEFORE_MARKETS)).on(self.now.date())

    @property
    def calendar(self) -> str:
        """The calendar of the market's working days, see `unshackled.domain.working_days`."""
        return (self.market or market_pack(BEFORE_MARKETS)).holidays


class Definition(Protocol):
    """One step as its kind sees it.

    `entry` says what happens when the step becomes ready; `action` what the customer is told to
    do; `request` is the dataclass of facts and literals to fill; `output` the fact it produces.
    """

    @property
    def kind(self) -> str:
        """The key of the kind."""
        ...

    @property
    def detail(self) -> str:
        """The value that the flow wrote, e.g. `contact` or `stock.reserve`."""
        ...

    @property
    def entry(self) -> Entry:
        """What happens when the step becomes ready."""
        ...

    @property
    def action(self) -> str | None:
        """What the customer does: submit, show, choose, confirm; None when it is not their turn."""
        ...

    @property
    def operation(self) -> Operation | None:
        """The operation of a capability that it calls."""
        ...

    @property
    def request(self) -> type | None:
        """The dataclass whose fields load fills."""
        ...

    @property
    def output(self) -> type | None:
        """The fact it produces."""
        ...

    @property
    def template(self) -> Template | None:
        """The document that is shown, agreed to or signed in it."""
        ...

    @property
    def by_market(self) -> bool:
        """Whether its form is another one by the market and the day, whatever facts there are."""
        ...

    @property
    def always_passes(self) -> bool:
        """Whether it only works something out, and never says no."""
        ...

    def schema(self) -> Json:
        """The JSON Schema of a submission."""
        ...

    def due_schema(self, view: StepContext) -> Json:
        """The JSON Schema of a submission now, by what is known of the checkout."""
        ...

    def submit(self, body: Mapping[str, Json], view: StepContext) -> Outcome[Any]:
        """What a submission means; raises `InvalidInput`."""
        ...

    def stored_form(self, body: Mapping[str, Json], outcome: Outcome[Any]) -> Json:
        """What is stored of a submission that was taken; `submit` finds it in `view.stored`."""
        ...

    def objections(self, output: Mapping[str, Json], view: StepContext) -> Sequence[FieldError]:
        """What speaks against a changed package, given the customer's earlier data."""
        ...

    def arrive(self, output: Any, view: StepContext) -> Json:
        """The options to offer, from the output of the query of a `query_then_customer` step."""
        ...

    def decide(self, view: StepContext) -> Outcome[Any]:
        """The verdict of a `rule` step."""
        ...

    def paper(self, view: StepContext) -> Document | None:
        """Its document for `view.request`, in the words of `view.locale`, if it has one."""
        ...

    def document(self, view: StepContext) -> Json:
        """The same as JSON, for whoever has to show it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseDefinition:
    """What most kinds share: a definition that does nothing by default."""

    kind: str
    detail: str
    entry: Entry
    action: str | None = None
    operation: Operation | None = None
    request: type | None = None
    output: type | None = None
    template: Template | None = None
    by_market: bool = False
    always_passes: bool = False

    def schema(self) -> Json:
        """Nothing may be submitted."""
        return NOTHING

    def due_schema(self, view: StepContext) -> Json:
        """The same at any time."""
        return self.schema()

    def submit(self, body: Mapping[str, Json], view: StepContext) -> Outcome[Any]:
        """Nothing may be submitted."""
        message = say(view.locale, "not_submittable")
        raise InvalidInput([FieldError(path="$", code="not_submittable", message=message)])

    def stored_form(self, body: Mapping[str, Json], outcome: Outcome[Any]) -> Json:
        """The submission as it was sent."""
        return dict(body)

    def objections(self, output: Mapping[str, Json], view: StepContext) -> Sequence[FieldError]:
        """None."""
        return ()

    def arrive(self, output: Any, view: StepContext) -> Json:
        """No options."""
        return None

    def decide(self, view: StepContext) -> Outcome[Any]:
        """Never asked: only a `rule` decides by itself."""
        return Declined(code="no_rule")

    def paper(self, view: StepContext) -> Document | None:
        """The document of its template; None without one, or before its facts are known."""
        if self.template is None or view.request is None:
            return None
        return written(self.template, view.request, view.by.locale or view.locale, view.by)

    def document(self, view: StepContext) -> Json:
        """What a page shows, and the digest by which it says so."""
        found = self.paper(view)
        return None if found is None else _SHOWN.get(found, make=lambda: _as_shown(found))


_SHOWN: Final[Memo[Json]] = Memo()


def _as_shown(paper: Document) -> Json:
    """What a page shows of a document, and the digest by which it says so."""
    return {
        "name": paper.name,
        "title": paper.title,
        "language": paper.model.language,
        "version": paper.version,
        "digest": paper.digest,
        "lines": [list(line) for line in paper.lines],
    }


class KindContext(Record):
    """What kinds may refer to by name."""

    operations: Mapping[str, Operation] = field(default_factory=all_operations)


class Options(BaseModel):
    """The keys of a step that only its kind knows, each a field with its type and description.

    It takes its own keys out of a step and leaves the others alone, so a mapping within it says
    `extra="forbid"` itself: `class Part(Options, extra="forbid")`. A field whose value is a `dict`
    is merged entry by entry with what a base says of it. Nothing is converted silently.
    """

    model_config = ConfigDict(frozen=True, strict=True, defer_build=True)


class StepKind(Protocol):
    """A kind: its key in flows, the YAML schema of its value, and how a step is made.

    A kind with keys of its own has a class variable `options`, which is a model of them.
    """

    key: str

    def value_schema(self) -> Json:
        """The JSON Schema of the value after the key, for editors."""
        ...

    def define(self, value: Any, options: Any, library: KindContext) -> Definition:
        """Make a step; `options` is the kind's model of its own keys."""
        ...


def options_of(kind: StepKind) -> type[Options]:
    """The model of the keys that only a kind knows; `Options` itself where there are none."""
    return getattr(kind, "options", None) or Options


def one_of(value: Any, known: Mapping[str, Any], what: str) -> Any:
    """Look a name up, or say which names there are."""
    if not isinstance(value, str) or value not in known:
        raise UnknownName(f"unknown {what} {value!r}: allowed are {', '.join(sorted(known))}")
    return known[value]


class TwoKinds(UnshackledError):
    """Two files bring a kind of one name: which of them a flow means cannot be known."""


class NoOptionsModel(UnshackledError):
    """A kind describes its own keys by something else than a model."""


def _require_model(kind: StepKind, module: str) -> None:
    options: object = options_of(kind)
    if isinstance(options, type) and issubclass(options, Options):
        return
    name = f"{kind.key.title().replace('_', '')}Options"
    raise NoOptionsModel(
        f"step kind {kind.key} ({module}): `options` is a {type(options).__name__}, and must be a"
        f" model: write `class {name}(unshackled.steps.Options)` with a field for each key that"
        f" only this kind knows, and `options = {name}` in the kind"
    )


@cache
def kinds() -> Mapping[str, StepKind]:
    """Every kind: the modules of this package and the entry points in `unshackled.steps`."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    outside = [entry.load() for entry in entry_points_of("unshackled.steps")]
    found: dict[str, StepKind] = {}
    for module in [*modules, *outside]:
        twin = found.setdefault(module.KIND.key, module.KIND)
        if twin is not module.KIND:
            raise TwoKinds(f"step kind {twin.key}: {module.__name__} brings it a second time")
        _require_model(twin, module.__name__)
    return found


def look_in(folder: Path) -> None:
    """Find kinds in this folder too, one a file; call it before any flow is loaded."""
    if str(folder) not in __path__:
        __path__.append(str(folder))
        kinds.cache_clear()


__all__ = [
    "BaseDefinition",
    "Definition",
    "Entry",
    "FieldError",
    "InvalidInput",
    "Json",
    "KindContext",
    "NoOptionsModel",
    "Options",
    "Passed",
    "StepContext",
    "StepKind",
    "TwoKinds",
    "UnknownName",
    "WrongValue",
    "kinds",
    "look_in",
    "one_of",
    "options_of",
]
