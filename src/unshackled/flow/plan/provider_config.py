"""Providers of a retailer: each an adapter with settings that are checked before any is used.

A setting may be a reference `env:NAME`; a secret must be one. References are looked up when the
provider is built, never written down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Protocol

from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from unshackled.domain.records import Record, replace
from unshackled.errors import UnshackledError
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.durations import duration
from unshackled.flow.language.parsing import parse, words
from unshackled.flow.language.spec import LimitsSpec, ProviderEntry, ProviderSpec
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode
from unshackled.flow.plan.annotations import unwrap
from unshackled.flow.plan.provider_amounts import read_amounts
from unshackled.flow.plan.sandbox_settings import sandbox_mistakes, sandbox_settings
from unshackled.outbound.breaker import BreakerPolicy
from unshackled.outbound.limits import Limits
from unshackled.sdk import Adapter, Settings

Json = Any
_REFERENCE: Final = re.compile(r"env:([A-Z][A-Z0-9_]*)")


class MissingEnvironment(UnshackledError):
    """Settings of a provider that refer to variables which are not set."""


class Adapters(Protocol):
    """Which adapters there are; `AdapterRegistry` is one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every adapter's name."""
        ...

    def load(self, name: str) -> Adapter:
        """The adapter; raises `UnshackledError` where it cannot be used."""
        ...


class ProviderConfig(Record):
    """A provider with its adapter; None where the adapter cannot be loaded."""

    spec: ProviderSpec
    adapter: Adapter | None


def variable(value: Json) -> str | None:
    """The environment variable that a setting refers to."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def build_settings(
    spec: ProviderSpec, settings: type[Settings], environ: Mapping[str, str]
) -> Settings:
    """The typed settings, references looked up.

    Raises `MissingEnvironment` naming every variable that is not set or has a wrong value.
    """
    references = {key: name for key, value in spec.settings.items() if (name := variable(value))}
    missing = sorted({name for name in references.values() if name not in environ})
    if missing:
        raise MissingEnvironment(f"provider {spec.name}: set {', '.join(missing)}")
    found = {**spec.settings, **{key: environ[name] for key, name in references.items()}}
    try:
        return settings.model_validate(
            {key: _span(settings.model_fields.get(key), value) for key, value in found.items()}
        )
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False)
    messages = [f"{references.get(str(e['loc'][0]), e['loc'][0])}: {words(e)}" for e in errors]
    raise MissingEnvironment(f"provider {spec.name}: {'; '.join(messages)}")


def _span(field: FieldInfo | None, value: Json) -> Json:
    """A duration as flows write it, where a setting is one."""
    spans = field is not None and unwrap(field.annotation).inside is timedelta
    return duration(value) if spans and isinstance(value, str) else value


def read_provider(
    name: str, node: YamlNode, adapters: Adapters, report: Diagnostics
) -> ProviderConfig:
    """One entry of `providers`; every mistake is noted."""
    entry = parse(ProviderEntry, node, report)
    if entry is None:
        return ProviderConfig(spec=ProviderSpec(name=name, adapter=""), adapter=None)
    adapter = _adapter(name, entry.adapter, node.at(["adapter"]), adapters, report)
    sandbox: Mapping[str, Json] | None = None
    if adapter is not None:
        _check_settings(name, adapter.settings, entry.settings, node, report)
        sandbox = _sandbox(name, adapter.settings, entry, node, report)
    spec = ProviderSpec(
        name=name,
        adapter=entry.adapter,
        settings=entry.settings,
        limits=_limits(name, entry.limits, node, report),
        timeout=entry.limits.timeout if "timeout" in entry.limits.model_fields_set else None,
        cost=entry.cost,
        sandbox=sandbox,
        amounts=read_amounts(name, entry.amounts, adapter, node, report),
        documents=entry.documents,
    )
    return ProviderConfig(spec=spec, adapter=adapter)


def _adapter(
    name: str, wanted: str, mark: SourceLocation, adapters: Adapters, report: Diagnostics
) -> Adapter | None:
    if wanted not in adapters.names:
        message = f"{name}: unknown adapter {wanted!r}: allowed are {listed(adapters.names)}"
        report.add(mark, "unknown_adapter", message)
        return None
    try:
        return adapters.load(wanted)
    except UnshackledError as error:
        report.add(mark, "broken_adapter", f"{name}: {error}")
        return None


def _sandbox(
    name: str, model: type[Settings], entry: ProviderEntry, node: YamlNode, report: Diagnostics
) -> Mapping[str, Json] | None:
    """The whole settings of the sandbox; every mistake is noted."""
    if entry.sandbox is None:
        return None
    _check_written(name, model, _placed(entry.sandbox, "sandbox", node), report)
    for key, code, message in sandbox_mistakes(model, entry.settings, entry.sandbox):
        report.add(node.at(["sandbox", key]), code, f"{name}: {message}")
    return sandbox_settings(model, entry.settings, entry.sandbox)


def _check_settings(
    name: str,
    model: type[Settings],
    written: Mapping[str, Json],
    node: YamlNode,
    report: Diagnostics,
) -> None:
    _check_written(name, model, _placed(written, "settings", node), report)
    for key, field in model.model_fields.items():
        if field.is_required() and key not in written:
            message = f"{name}: setting {key!r} is missing: {field.description or 'required'}"
            report.add(node.at(["settings"]), "missing_setting", message)


def _placed(
    written: Mapping[str, Json], section: str, node: YamlNode
) -> dict[str, tuple[Json, SourceLocation]]:
    return {key: (value, node.at([section, key])) for key, value in written.items()}


def _check_written(
    name: str,
    model: type[Settings],
    written: Mapping[str, tuple[Json, SourceLocation]],
    report: Diagnostics,
) -> None:
    fields = model.model_fields
    for key, (value, mark) in written.items():
        if key not in fields:
            message = f"{name}: unknown setting {key!r}: allowed are {listed(fields)}"
            report.add(mark, "unknown_setting", message)
        elif variable(value) is None:
            _check_value(f"{name}: {key}", fields[key], value, mark, report)


def _check_value(
    what: str, field: FieldInfo, value: Json, mark: SourceLocation, report: Diagnostics
) -> None:
    if isinstance(value, str) and value.startswith("env:"):
        message = f"{what}: a reference is env: and a name of A-Z, 0-9 and _"
        report.add(mark, "wrong_value", message)
        return
    if unwrap(field.annotation).inside is SecretStr:
        message = f"{what}: a secret never stands in a file: write env:NAME"
        report.add(mark, "secret_in_file", message)
        return
    shape: Any = Annotated[field.annotation, field]
    typed: TypeAdapter[Any] = TypeAdapter(shape)
    try:
        typed.validate_python(_span(field, value))
    except ValidationError as wrong:
        told = "; ".join(words(error) for error in wrong.errors(include_url=False))
        report.add(mark, "wrong_setting", f"{what}: {told}")
    except ValueError as wrong:
        report.add(mark, "wrong_setting", f"{what}: {wrong}")


def _limits(name: str, spec: LimitsSpec, node: YamlNode, report: Diagnostics) -> Limits:
    said = {key: getattr(spec, key) for key in spec.model_fields_set}
    breaker = said.pop("breaker", None)
    try:
        if breaker is not None:
            given = {key: getattr(breaker, key) for key in breaker.model_fields_set}
            said["breaker"] = replace(BreakerPolicy(), **given)
        return replace(Limits(), **said)
    except ValueError as error:
        message = f"{name}: limits.breaker: {error}"
        report.add(node.at(["limits", "breaker"]), "wrong_value", message)
        return Limits()
