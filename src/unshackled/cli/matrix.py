"""What every adapter does, as the code declares it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution

from unshackled.adapter_registry import GROUP, AdapterRegistry
from unshackled.entry_points import entry_points_of
from unshackled.ports import all_operations
from unshackled.sdk import Adapter, Doubt

COLUMNS = (
    *("adapter", "for", "written against", "countries", "currencies", "hosts", "callbacks"),
    "licence",
)
HEAD = """# Adapter matrix

Made by `unshackled adapters matrix` from what the adapters declare; `make docs` renews it.

"""


def operations(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Each operation that an adapter offers, and how a doubt about it ends."""
    for key, operation in sorted(all_operations().items()):
        if _offers(adapter, key):
            yield key, "undo, sent until it is done" if operation.is_undo else _end(adapter, key)


def page(registry: AdapterRegistry) -> str:
    """The whole page."""
    adapters = {name: registry.load(name) for name in registry.names}
    licences = _licences(registry)
    where = [
        _row(
            f"`{name}`",
            adapter.title,
            _api(adapter),
            ", ".join(sorted(adapter.countries)) or "any",
            ", ".join(sorted(adapter.currencies)) or "any",
            ", ".join(f"`{host}`" for host in sorted(adapter.hosts)) or "the retailer's own",
            "yes" if adapter.callback or adapter.receive else "no",
            licences[name],
        )
        for name, adapter in adapters.items()
    ]
    return (
        HEAD
        + _table(COLUMNS, where)
        + "\n## Operations\n\n"
        + "How a doubt about an effect ends, in the order in which it is tried. An undo is sent\n"
        + "until it is done; a query is asked again.\n\n"
        + _table(("operation", "adapter", "a doubt", "dry run"), list(_offered(adapters)))
    )


def _offered(adapters: dict[str, Adapter]) -> Iterator[str]:
    for key, operation in sorted(all_operations().items()):
        if operation.is_undo:
            continue
        for name, adapter in adapters.items():
            if _offers(adapter, key):
                way = _end(adapter, key)
                way = way if operation.effect else "asked again"
                yield _row(f"`{key}`", f"`{name}`", way, "yes" if key in adapter.dry_runs else "")


def _offers(adapter: Adapter, key: str) -> bool:
    """Whether an operation is offered; an undo, where an effect is that it takes back."""
    operation = all_operations()[key]
    if not operation.is_undo:
        return adapter.offers(key)
    return adapter.offers(key) and any(
        one.undo == operation.name and adapter.offers(one.key)
        for one in all_operations().values()
        if one.capability == operation.capability
    )


def _end(adapter: Adapter, key: str) -> str:
    """How a doubt about an operation ends; a query leaves none."""
    operation = all_operations()[key]
    if operation.supplies:
        return "sent until it is taken"
    return _way(adapter.doubt.get(key, Doubt())) if operation.effect else "query"


def _way(doubt: Doubt) -> str:
    """How a doubt ends, in the order in which it is tried."""
    hours = doubt.key_lifetime.total_seconds() / 3600 if doubt.key_lifetime else 0
    resend = [f"resend within {hours:g} h"] if hours else []
    ask = ["look up by our reference"] if doubt.lookup else []
    return ", then ".join([*resend, *ask, "a person"])


def _api(adapter: Adapter) -> str:
    api = adapter.api
    if api is None:
        return "a protocol of ours"
    licence = f", schema {api.licence}" if api.licence else ""
    return f"[{api.name} {api.version}]({api.documents}), {api.checked}{licence}"


def _licences(registry: AdapterRegistry) -> dict[str, str]:
    """The distribution that brings each adapter, and its licence."""
    brought = {entry.value: entry.dist for entry in entry_points_of(GROUP)}
    found = {}
    for name, module in registry.modules.items():
        dist = brought.get(module.rpartition(".")[0])
        found[name] = "not installed" if dist is None else f"{dist.name}: {_licence(dist)}"
    return found


def _licence(dist: Distribution) -> str:
    keys = ("License-Expression", "License")
    return next((dist.metadata[key] for key in keys if key in dist.metadata), "unsaid")


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    return "\n".join([_row(*head), "|" + "---|" * len(head), *rows]) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
