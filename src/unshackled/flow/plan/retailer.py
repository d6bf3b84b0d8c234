"""One retailer's file: who it is, its providers and defaults, and its flows in full."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from unshackled.domain.erasure import RetentionPeriods
from unshackled.domain.records import Record
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.extend import BODY, FlowBases, lineage, resolve
from unshackled.flow.language.parsing import parse
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import NAME, Retailer, RetailerSpec
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode, plain
from unshackled.flow.plan.compile import FlowSource
from unshackled.flow.plan.market_check import market_of
from unshackled.flow.plan.notification_plan import read_notifications
from unshackled.flow.plan.papers.own_papers import retailer_papers
from unshackled.flow.plan.provider_config import Adapters, ProviderConfig, read_provider
from unshackled.flow.plan.routes import read_routes
from unshackled.ports import CAPABILITIES

KEYS: Final = (
    "language",
    "retailer",
    "providers",
    "routes",
    "defaults",
    "notifications",
    "flows",
)
# How a catalogue of several providers is written, and of how many at most.
MERGE: Final = "merge"
MOST_MERGED: Final = 5
BASE_KEYS: Final = ("language", "extends", "providers", "routes", "defaults", *BODY)
FLOW_KEYS: Final = ("extends", *BODY)


class RetailerFile(Record):
    """A retailer (None where it cannot be read) and its flows, not proved yet."""

    retailer: Retailer | None
    flows: tuple[FlowSource, ...]
    mark: SourceLocation


def read_retailer(
    node: YamlNode, bases: Mapping[str, YamlNode], adapters: Adapters, report: Diagnostics
) -> RetailerFile:
    """Read a file; every mistake is noted."""
    _refuse_unknown(node, KEYS, report)
    for base in bases.values():
        _refuse_unknown(base, BASE_KEYS, report)
    flows = _section(node, "flows", report)
    flow_bases = FlowBases(flows=flows, bases=bases)
    chains = {
        name: chain
        for name, flow in flows.items()
        if _is_flow(name, flow, report)
        and (chain := lineage(name, flow, flow_bases, report)) is not None
    }
    inherited = _bases_of(chains.values(), bases)
    providers = _providers([*inherited, node], adapters, report)
    routes = read_routes(_merged([*inherited, node], "routes", report), providers, report)
    defaults = _defaults([*inherited, node], providers, routes, report)
    offers = {key: provider.adapter for key, provider in providers.items()}
    bodies = {name: resolve(chain, report) for name, chain in chains.items()}
    steps = {step for body in bodies.values() for step in _steps_of(body)}
    rules = read_notifications(node, offers=offers, defaults=defaults, steps=steps, report=report)
    _refuse_no_catalogue(node, bodies.values(), providers, defaults, report)
    settings = _settings(node, report)
    retailer, market = None, None
    if settings is not None:
        retailer = Retailer(
            **settings,
            providers={name: provider.spec for name, provider in providers.items()},
            defaults=defaults,
            flows=tuple(name for name in flows if not _is_case(bodies.get(name))),
            case_flows=tuple(name for name in flows if _is_case(bodies.get(name))),
            routes=routes,
            notifications=rules,
            merged_catalogues=_merged_catalogues([*inherited, node], defaults),
        )
        market = market_of(retailer, node, report)
    papers = retailer_papers(retailer)
    sources = [
        FlowSource(
            retailer=retailer.id if retailer else "",
            currency=retailer.currency if retailer else "",
            time_zone=retailer.time_zone if retailer else "UTC",
            market=market,
            erase_after=retailer.erase_after if retailer else RetentionPeriods().idle,
            papers=papers,
            programmes=_programmes(retailer),
            name=name,
            body=body,
            offers=offers,
            defaults=defaults,
            routes=routes,
            ranges={key: provider.spec.amounts for key, provider in providers.items()},
        )
        for name, body in bodies.items()
    ]
    return RetailerFile(retailer=retailer, flows=tuple(sources), mark=node.at(["retailer"]))


def _programmes(retailer: Retailer | None) -> dict[str, Programme]:
    """The upgrade programmes by their names."""
    upgrades = retailer.upgrades if retailer is not None else {}
    return {name: spec.programme(name) for name, spec in upgrades.items()}


def _refuse_no_catalogue(
    node: YamlNode,
    bodies: Iterable[YamlNode],
    providers: Mapping[str, ProviderConfig],
    defaults: Mapping[str, str],
    report: Diagnostics,
) -> None:
    """A retailer that sells anything has a provider that knows the prices."""
    selling = [body for body in bodies if "sells" in body.entries and body.entries["sells"].entries]
    written = node.entries.get("defaults")
    if not selling or "catalogue" in defaults or (written and "catalogue" in written.entries):
        return
    able = [n for n, one in providers.items() if one.adapter and "catalogue" in one.adapter.ports]
    message = (
        "sells, and nobody has the prices: write `catalogue: <provider>` under `defaults`; "
        f"providers that have a catalogue: {listed(able)}"
    )
    report.add(node.at(["defaults"]), "no_catalogue", message)


def _steps_of(body: YamlNode) -> Iterable[str]:
    """The names of a flow's steps, the inherited ones too."""
    steps = body.entries.get("steps")
    return steps.entries if steps is not None else ()


def _is_case(body: YamlNode | None) -> bool:
    """Whether a flow carries out a case of a sale, and sells nothing itself."""
    return body is not None and "case" in body.entries


def _refuse_unknown(node: YamlNode, allowed: Iterable[str], report: Diagnostics) -> None:
    for key, value in node.entries.items():
        if key not in allowed:
            message = f"unknown key {key!r}: allowed are {listed(allowed)}"
            report.add(value.mark, "unknown_key", message)


def _section(node: YamlNode, key: str, report: Diagnostics) -> Mapping[str, YamlNode]:
    found = node.entries.get(key)
    if found is None or (found.value is not None and not isinstance(found.value, Mapping)):
        mark = node.mark if found is None else found.mark
        code = "missing_key" if found is None else "wrong_value"
        report.add(mark, code, f"{key}: must be a mapping of names")
        return {}
    return found.entries


def _is_flow(name: str, flow: YamlNode, report: Diagnostics) -> bool:
    if not re.match(NAME, name):
        report.add(flow.mark, "bad_name", f"{name!r} is no flow name: allowed are a-z, 0-9 and -")
    if not isinstance(flow.value, Mapping):
        report.add(flow.mark, "wrong_value", f"{name}: must be a mapping of {listed(FLOW_KEYS)}")
        return False
    _refuse_unknown(flow, FLOW_KEYS, report)
    return True


def _bases_of(chains: Iterable[list[YamlNode]], bases: Mapping[str, YamlNode]) -> list[YamlNode]:
    """The base files that the flows reach, deepest first, each once."""
    used = [node for chain in chains for node in reversed(chain)]
    names = {id(base): base for base in bases.values()}
    return list({id(node): node for node in used if id(node) in names}.values())


def _merged(nodes: Iterable[YamlNode], section: str, report: Diagnostics) -> dict[str, YamlNode]:
    """A section of several files, later ones on top, entry by entry."""
    merged: dict[str, YamlNode] = {}
    for node in nodes:
        if section in node.entries:
            merged |= _section(node, section, report)
    return merged


def _providers(
    nodes: list[YamlNode], adapters: Adapters, report: Diagnostics
) -> dict[str, ProviderConfig]:
    found = {}
    for name, node in _merged(nodes, "providers", report).items():
        if not re.match(NAME, name):
            message = f"{name!r} is no provider name: allowed are a-z, 0-9 and -"
            report.add(node.mark, "bad_name", message)
        found[name] = read_provider(name, node, adapters, report)
    return found


def _defaults(
    nodes: list[YamlNode],
    providers: Mapping[str, ProviderConfig],
    routes: Mapping[str, Policy],
    report: Diagnostics,
) -> dict[str, str]:
    found: dict[str, str] = {}
    for capability, node in _merged(nodes, "defaults", report).items():
        if capability not in CAPABILITIES:
            message = f"unknown capability {capability!r}: allowed are {listed(CAPABILITIES)}"
            report.add(node.mark, "unknown_capability", message)
            continue
        names = _served_by(capability, node, report)
        wrong = [name for name in names if name not in {*providers, *routes}]
        for name in wrong:
            allowed = listed([*providers, *routes])
            message = f"{capability}: unknown provider {name!r}: allowed are {allowed}"
            report.add(node.mark, "unknown_provider", message)
        if names and not wrong:
            for name in names:
                for provider in routes[name].providers if name in routes else (name,):
                    _offers(capability, provider, providers, node.mark, report)
            found[capability] = names[0]
    return found


def _served_by(capability: str, node: YamlNode, report: Diagnostics) -> tuple[str, ...]:
    """The name of a default; of a catalogue there may be several, `{merge: [a, b]}`."""
    value = plain(node)
    if isinstance(value, str):
        return (value,)
    if capability != "catalogue" or not isinstance(value, Mapping):
        kind = type(value).__name__
        message = f"{capability}: write the name of a provider or a route, not a {kind}"
        report.add(node.mark, "wrong_value", message)
        return ()
    names = value.get(MERGE) if set(value) == {MERGE} else None
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        message = f"{capability}: write a name, or {{{MERGE}: [<name>, <name>]}}"
        report.add(node.mark, "wrong_value", message)
        return ()
    if not 2 <= len(set(names)) == len(names) <= MOST_MERGED:
        message = f"{capability}: {MERGE} takes 2 to {MOST_MERGED} names, each once"
        report.add(node.mark, "wrong_value", message)
        return ()
    return tuple(names)


def _merged_catalogues(nodes: list[YamlNode], defaults: Mapping[str, str]) -> tuple[str, ...]:
    """The names that the last of the files merges a catalogue of; none where it names one."""
    if "catalogue" not in defaults:
        return ()
    sections = [node.entries["defaults"].entries for node in nodes if "defaults" in node.entries]
    last = next(plain(one["catalogue"]) for one in reversed(sections) if "catalogue" in one)
    return tuple(last[MERGE]) if isinstance(last, Mapping) else ()


def _offers(
    capability: str,
    name: str,
    providers: Mapping[str, ProviderConfig],
    mark: SourceLocation,
    report: Diagnostics,
) -> None:
    adapter = providers[name].adapter if name in providers else None
    if adapter is not None and capability not in adapter.ports:
        message = f"{name} does not offer {capability}: it offers {listed(adapter.ports)}"
        report.add(mark, "provider_lacks_operation", message)


def _settings(node: YamlNode, report: Diagnostics) -> dict[str, Any] | None:
    """What the file says under `retailer`, by the fields of `RetailerSettings`."""
    head = node.entries.get("retailer")
    if head is None:
        report.add(node.mark, "missing_key", "'retailer' is missing")
        return None
    spec = parse(RetailerSpec, head, report)
    return dict(spec) if spec is not None else None
