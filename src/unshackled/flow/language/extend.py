"""`extends`: a flow as the last word over its base, resolved base first.

Steps are overridden key by key, lists and providers are replaced, `step: null` removes a step and
its dependants inherit its needs, `key: null` removes a key. `sells` is overridden part by part,
`opens` key by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.domain.records import Record
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.parsing import keys_of, mapping_keys
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode
from unshackled.steps import kinds, options_of

BODY: Final = ("title", "expires_after", "sells", "case", "opens", "steps")
_PART_BY_PART: Final = ("sells", "opens")
_MERGED: Final = ("with", "use", "retry")


class FlowBases(Record):
    """What a flow may extend: the flows of its file, and the base files as `base/<name>`."""

    flows: Mapping[str, YamlNode]
    bases: Mapping[str, YamlNode]

    @property
    def names(self) -> list[str]:
        """Every name that `extends` may say."""
        return [*self.flows, *self.bases]

    def get(self, name: object) -> YamlNode | None:
        """A flow or a base by name."""
        return self.bases.get(str(name)) or self.flows.get(str(name))


def lineage(
    name: str, node: YamlNode, flow_bases: FlowBases, report: Diagnostics
) -> list[YamlNode] | None:
    """A flow and all it extends, itself first; None where a name is unknown or comes again."""
    found, seen = [node], [name]
    while (parent := found[-1].entries.get("extends")) is not None:
        base = flow_bases.get(parent.value)
        if base is None:
            report.add(
                parent.mark,
                "unknown_base",
                f"extends: unknown {parent.value!r}: allowed are {listed(flow_bases.names)}",
            )
            return None
        if parent.value in seen:
            chain = " -> ".join([*seen, str(parent.value)])
            report.add(parent.mark, "extends_cycle", f"a flow extends itself: {chain}")
            return None
        seen.append(str(parent.value))
        found.append(base)
    return found


def resolve(chain: list[YamlNode], report: Diagnostics) -> YamlNode:
    """The body of a flow with all it inherits; its place is the flow's own."""
    merged: dict[str, YamlNode] = {}
    for node in reversed(chain):
        own = {key: value for key, value in node.entries.items() if key in BODY}
        steps = own.pop("steps", None)
        for key in _PART_BY_PART:
            if key in merged and key in own:
                own[key] = _part_by_part(merged[key], own[key])
        merged = _override(merged, own)
        if steps is not None:
            merged["steps"] = _merge_steps(merged.get("steps"), steps, report)
    return chain[0].with_entries(merged)


def _override(base: Mapping[str, YamlNode], own: Mapping[str, YamlNode]) -> dict[str, YamlNode]:
    kept = {key: value for key, value in base.items() if key not in own}
    return kept | {key: value for key, value in own.items() if value.value is not None}


def _part_by_part(base: YamlNode, own: YamlNode) -> YamlNode:
    """What a flow says over what its base says; whatever is no mapping stays as it is."""
    if not isinstance(own.value, Mapping):
        return own
    return own.with_entries(_override(base.entries, own.entries))


def _merge_steps(base: YamlNode | None, own: YamlNode, report: Diagnostics) -> YamlNode:
    if not isinstance(own.value, Mapping):
        report.add(own.mark, "wrong_value", "steps: must be a mapping of step names")
        return base or own.with_entries({})
    steps = dict(base.entries) if base else {}
    removed: dict[str, list[YamlNode]] = {}
    for name, step in own.entries.items():
        if step.value is not None:
            steps[name] = _merge_step(steps[name], step) if name in steps else step
        elif name in steps:
            removed[name] = _needs(steps.pop(name))
        else:
            _nothing_to_remove(name, step.mark, steps, report)
    return own.with_entries({name: _inherit(step, removed) for name, step in steps.items()})


def _nothing_to_remove(
    name: str, mark: SourceLocation, steps: Mapping[str, YamlNode], report: Diagnostics
) -> None:
    report.add(
        mark,
        "unknown_step",
        f"{name}: null removes a step of the base, and it has none so named: {listed(steps)}",
    )


def _merge_step(base: YamlNode, own: YamlNode) -> YamlNode:
    if not isinstance(base.value, Mapping) or not isinstance(own.value, Mapping):
        return own
    entries = dict(base.entries)
    if chosen := [key for key in own.entries if key in kinds()]:
        entries = _without_kind(entries, chosen[0])
    merged = _merged_keys()
    mine = {
        key: entries[key].with_entries(_override(entries[key].entries, value.entries))
        if key in merged and key in entries and value.entries
        else value
        for key, value in own.entries.items()
    }
    return own.with_entries(_override(entries, mine))


def _merged_keys() -> set[str]:
    """The keys of a step that a flow overrides entry by entry."""
    own = (mapping_keys(options_of(kind)) for kind in kinds().values())
    return {*_MERGED, *(key for keys in own for key in keys)}


def _without_kind(entries: Mapping[str, YamlNode], chosen: str) -> dict[str, YamlNode]:
    """Drop the kind that is replaced, with the options that only it knows."""
    dropped: set[str] = set()
    for key in entries:
        if key in kinds():
            dropped |= {key, *(keys_of(options_of(kinds()[key])) if key != chosen else ())}
    return {key: value for key, value in entries.items() if key not in dropped}


def _needs(step: YamlNode) -> list[YamlNode]:
    needs = step.entries.get("needs")
    return needs.value if needs and isinstance(needs.value, list) else []


def _inherit(step: YamlNode, removed: Mapping[str, list[YamlNode]]) -> YamlNode:
    """Replace needs that were removed by what they needed themselves."""
    if not any(str(need.value) in removed for need in _needs(step)):
        return step
    kept: dict[str, YamlNode] = {}
    waiting, seen = list(_needs(step)), set[str]()
    while waiting:
        need = waiting.pop(0)
        name = str(need.value)
        if name not in removed:
            kept.setdefault(name, need)
        elif name not in seen:
            seen.add(name)
            waiting = [*removed[name], *waiting]
    needs = YamlNode(list(kept.values()), step.entries["needs"].mark)
    return step.with_entries({**step.entries, "needs": needs})
