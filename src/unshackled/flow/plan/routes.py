"""The `routes` of a retailer's file: policies with a name, shared by the steps that go by them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unshackled.domain.records import replace
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.policy_forms import policy
from unshackled.flow.language.spec import NAME
from unshackled.flow.language.yaml_marks import YamlNode, plain
from unshackled.flow.plan.provider_config import ProviderConfig


def read_routes(
    entries: Mapping[str, YamlNode], providers: Mapping[str, ProviderConfig], report: Diagnostics
) -> dict[str, Policy]:
    """Every route by its name; each mistake is noted."""
    found = {}
    for name, node in entries.items():
        made = _route(name, node, providers, report)
        if made is not None:
            found[name] = made
    return found


def _route(
    name: str, node: YamlNode, providers: Mapping[str, ProviderConfig], report: Diagnostics
) -> Policy | None:
    if not re.match(NAME, name):
        report.add(node.mark, "bad_name", f"{name!r} is no route name: allowed are a-z, 0-9 and -")
        return None
    if name in providers:
        message = f"{name}: a provider has this name already: a route needs another one"
        report.add(node.mark, "bad_name", message)
        return None
    try:
        made = policy(plain(node))
    except ValueError as error:
        report.add(node.mark, "wrong_value", f"routes.{name}: {error}")
        return None
    unknown = [one for one in _named(made) if one not in providers]
    for one in unknown:
        message = f"routes.{name}: unknown provider {one!r}: allowed are {listed(providers)}"
        report.add(node.mark, "unknown_provider", message)
    return None if unknown else replace(made, route=name, shared=True)


def _named(rule: Policy) -> tuple[str, ...]:
    return (*rule.providers, *((rule.shadow.candidate,) if rule.shadow else ()))
