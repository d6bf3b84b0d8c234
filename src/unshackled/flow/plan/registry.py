"""Reads `flows/*.yaml`, proves every flow and makes the book that the service runs by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from unshackled.domain.erasure import RetentionPeriods
from unshackled.domain.records import Record, replace
from unshackled.errors import InternalFault
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.extend import BODY
from unshackled.flow.language.spec import LANGUAGE, Retailer
from unshackled.flow.language.yaml_marks import (
    LARGEST,
    NotYaml,
    SourceLocation,
    YamlNode,
    marked,
)
from unshackled.flow.plan.cases.sales_served import sales_served
from unshackled.flow.plan.cases.upgrade_promises import upgrade_promises_kept
from unshackled.flow.plan.compile import FlowSource, compile_flow
from unshackled.flow.plan.papers.own_papers import retailer_papers
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.proven import Digests, Proofs
from unshackled.flow.plan.provider_config import Adapters
from unshackled.flow.plan.retailer import RetailerFile, read_retailer
from unshackled.markets import BEFORE_MARKETS, market_pack

Json = Any


class FlowRegistry(Record):
    """Every retailer and every plan; a checkout is pinned to a plan by its digest.

    `plans` are those that sell; `cases` carry out what happens to a sale afterwards, and no
    checkout begins with one.
    """

    retailers: Mapping[str, Retailer] = field(default_factory=dict)
    plans: Mapping[tuple[str, str], Plan] = field(default_factory=dict)
    cases: Mapping[tuple[str, str], Plan] = field(default_factory=dict)

    def plan(self, retailer: str, flow: str) -> Plan:
        """The plan of a retailer's flow for new checkouts; raises `KeyError`."""
        return self.plans[retailer, flow]

    @property
    def every(self) -> Mapping[tuple[str, str], Plan]:
        """The plans of all flows, those of cases too, by retailer and name."""
        return {**self.plans, **self.cases}

    @property
    def by_digest(self) -> Mapping[str, Plan]:
        """Every plan by its digest."""
        return {plan.digest: plan for plan in self.every.values()}

    def cases_of(self, retailer: str, kind: str | None = None) -> tuple[Plan, ...]:
        """The case flows of a retailer, of one kind or of all, in the order of its file."""
        mine = [plan for (owner, _), plan in self.cases.items() if owner == retailer]
        return tuple(one for one in mine if one.case and kind in (None, one.case.kind))


def load_flows(folder: Path, adapters: Adapters, proofs: Proofs | None = None) -> FlowRegistry:
    """Read a folder of flows; raises `FlowMistakes` with every mistake of every file.

    What `proofs` knows is not proved again; without them everything is.
    """
    report = Diagnostics()
    texts: dict[str, str] = {}
    bases = {
        f"base/{path.stem}": node
        for path in sorted((folder / "base").glob("*.yaml"))
        if (node := _read(path, folder, report, texts)) is not None
    }
    files = sorted(folder.glob("*.yaml"))
    if not files:
        report.add(
            SourceLocation(str(folder), 1), "no_flows", "no file *.yaml: one a retailer is expected"
        )
    nodes = [_read(path, folder, report, texts) for path in files]
    known = proofs.known(texts) if proofs is not None and not report else None
    retailers: dict[str, Retailer] = {}
    plans: dict[tuple[str, str], Plan] = {}
    for node in nodes:
        if node is None:
            continue
        report.cases = 0
        found = read_retailer(node, bases, adapters, report)
        mine = [(one, compile_flow(_proved(one, known), report)) for one in found.flows]
        sales_served(mine, report)
        upgrade_promises_kept(mine, report)
        plans |= {(plan.retailer, plan.name): plan for _, plan in mine if plan is not None}
        _enter(found, retailers, report)
    report.refuse()
    if proofs is not None and known is None:
        proofs.keep(texts, {_title(one.retailer, one.name): one.digest for one in plans.values()})
    return FlowRegistry(
        retailers=retailers,
        plans={key: plan for key, plan in plans.items() if plan.case is None},
        cases={key: plan for key, plan in plans.items() if plan.case is not None},
    )


def _title(retailer: str, flow: str) -> str:
    return f"{retailer}/{flow}"


def _proved(source: FlowSource, known: Digests | None) -> FlowSource:
    if known is None:
        return source
    return replace(source, proved=known.get(_title(source.retailer, source.name)))


def _read(path: Path, folder: Path, report: Diagnostics, texts: dict[str, str]) -> YamlNode | None:
    """The file as YAML, its text put into `texts`; None, its mistake noted, where it is none."""
    from unshackled.flow.language.yaml_reader import read  # PyYAML is a large part of an import

    name = str(Path(folder.name) / path.relative_to(folder))
    try:
        texts[name] = _text(path)
        node = read(texts[name], name)
    except NotYaml as error:
        report.add(error.mark, "not_yaml", str(error))
        return None
    except UnicodeDecodeError:
        report.add(SourceLocation(name, 1), "not_yaml", "not UTF-8")
        return None
    except OSError as error:
        report.add(SourceLocation(name, 1), "not_yaml", f"cannot be read: {error.strerror}")
        return None
    if not isinstance(node.value, Mapping):
        report.add(node.mark, "wrong_value", "the file must be a mapping")
        return None
    language = node.entries.get("language")
    if language is None or language.value != LANGUAGE or isinstance(language.value, bool):
        mark = node.at(["language"])
        report.add(mark, "unknown_language", f"language: write `language: {LANGUAGE}`")
    return node


def _text(path: Path) -> str:
    """The text of a file; of one that is too large no more than shows that it is."""
    with path.open("rb") as file:
        raw = file.read(4 * LARGEST + 4)
    return raw.decode("utf-8") if len(raw) <= 4 * LARGEST else "#" * (LARGEST + 1)


def _enter(file: RetailerFile, retailers: dict[str, Retailer], report: Diagnostics) -> None:
    retailer = file.retailer
    if retailer is None:
        return
    if retailer.id in retailers:
        message = f"retailer {retailer.id!r} has another file already: one file a retailer"
        report.add(file.mark, "two_files", message)
    retailers[retailer.id] = retailer


def compile_resolved(
    resolved: Json, book: FlowRegistry, adapters: Adapters, *, orphaned: bool = False
) -> Plan:
    """The plan of a flow that was stored in its resolved form (`Plan.resolved`).

    It keeps the digest it was stored by. Raises `FlowMistakes` where it says what this version does
    not know; and, unless it may be `orphaned`, where a provider that it names is gone from the
    retailer's file, or the file itself: such a flow can be read, but not be carried out.
    """
    report = Diagnostics()
    mark = SourceLocation(f"stored flow {resolved['digest']}", 1)
    owner = resolved["retailer"]["id"]
    retailer = book.retailers.get(owner)
    if retailer is None and not orphaned:
        message = f"retailer {owner!r} has no file any more: there are {listed(book.retailers)}"
        report.add(mark, "unknown_retailer", message)
        report.refuse()
    providers = retailer.providers if retailer is not None else {}
    source = FlowSource(
        retailer=owner,
        currency=resolved["retailer"]["currency"],
        time_zone=retailer.time_zone if retailer is not None else "UTC",
        market=market_pack(retailer.market if retailer is not None else BEFORE_MARKETS),
        erase_after=retailer.erase_after if retailer is not None else RetentionPeriods().idle,
        papers=retailer_papers(retailer),
        fields=resolved.get("fields", {}),
        name=resolved["flow"],
        body=marked({key: resolved[key] for key in BODY if key in resolved}, mark),
        offers={name: adapters.load(spec.adapter) for name, spec in providers.items()},
        defaults={},
        routes={},
        stored=True,
        orphaned=orphaned,
    )
    plan = compile_flow(source, report)
    report.refuse()
    if plan is None:
        raise InternalFault(f"{mark.file}: no plan and no mistake: a bug of the compiler")
    return replace(plan, digest=resolved["digest"], resolved=resolved)
