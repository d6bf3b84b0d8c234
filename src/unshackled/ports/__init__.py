"""One Protocol per capability, with its requests, outputs and what each operation declares.

A capability is a module with a `PORT`, and has its name: found by being there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Final

from unshackled.ports.operation import Operation, operations


def _ports() -> Mapping[str, type]:
    modules = {
        module.name: importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    }
    return {name: module.PORT for name, module in modules.items() if hasattr(module, "PORT")}


CAPABILITIES: Final = _ports()


@cache
def all_operations() -> Mapping[str, Operation]:
    """Every operation of every capability by its key, e.g. `stock.reserve`."""
    return {
        operation.key: operation
        for capability, protocol in CAPABILITIES.items()
        for operation in operations(capability, protocol).values()
    }


__all__ = ["CAPABILITIES", "Operation", "all_operations", "operations"]
