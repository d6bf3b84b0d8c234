"""Every dataclass of domain, ports and steps with its fields: what digests are made of."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Final

PACKAGES: Final = ("unshackled.domain", "unshackled.ports", "unshackled.steps")


def dataclasses() -> Iterator[type]:
    """All of them, by module and place."""
    for package in PACKAGES:
        root = import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            for one in vars(import_module(module.name)).values():
                if inspect.isclass(one) and is_dataclass(one) and one.__module__ == module.name:
                    yield one
        for one in vars(root).values():
            if inspect.isclass(one) and is_dataclass(one) and one.__module__ == package:
                yield one


def name_of(shape: type) -> str:
    """Its module and name."""
    return f"{shape.__module__}.{shape.__qualname__}"


def inventory() -> dict[str, list[str]]:
    """The fields of each, in order."""
    found = {name_of(one): [field.name for field in fields(one)] for one in dataclasses()}
    return dict(sorted(found.items()))
