"""What a provider's `sandbox:` must say for itself, so that no live credential serves a test key.

The address, every secret, and whatever the live settings take from the environment are the
sandbox's own. Other settings are those of `settings` where `sandbox` does not say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import SecretStr

from unshackled.flow.plan.annotations import unwrap
from unshackled.sdk import Settings

Json = Any
ADDRESS: Final = "base_url"


def secrets_of(model: type[Settings]) -> frozenset[str]:
    """The settings that are secret."""
    fields = model.model_fields.items()
    return frozenset(key for key, field in fields if unwrap(field.annotation).inside is SecretStr)


def sandbox_settings(
    model: type[Settings], live: Mapping[str, Json], sandbox: Mapping[str, Json]
) -> dict[str, Json]:
    """The whole settings of the sandbox; what must be its own is never taken from `live`."""
    own = {ADDRESS, *secrets_of(model)}
    return {**{k: v for k, v in live.items() if k not in own and not _referring(v)}, **sandbox}


def sandbox_mistakes(
    model: type[Settings], live: Mapping[str, Json], sandbox: Mapping[str, Json]
) -> Iterator[tuple[str, str, str]]:
    """(setting, code, what is wrong) of each that a sandbox lacks or shares with the live one."""
    secrets = secrets_of(model)
    must = [key for key in model.model_fields if _is_own(key, model, live, secrets)]
    for key in must:
        if key not in sandbox:
            yield key, "missing_setting", f"sandbox: {key!r} is missing: it must have its own"
    shared = sorted(key for key in secrets & live.keys() if sandbox.get(key) == live[key])
    for key in shared:
        yield key, "live_credentials", f"sandbox: {key!r} is the live one: it must have its own"
    if (
        not secrets & sandbox.keys()
        and ADDRESS in sandbox
        and sandbox[ADDRESS] == live.get(ADDRESS)
    ):
        yield ADDRESS, "live_credentials", "sandbox: nothing tells it from the live one"


def _is_own(
    key: str, model: type[Settings], live: Mapping[str, Json], secrets: frozenset[str]
) -> bool:
    secret = key in secrets and (key in live or model.model_fields[key].is_required())
    return key == ADDRESS or secret or _referring(live.get(key))


def _referring(value: Json) -> bool:
    return isinstance(value, str) and value.startswith("env:")


def same_credentials(live: Settings, sandbox: Settings) -> tuple[str, ...]:
    """The secrets that are equal though each was looked up by itself; none at another address."""
    if live.base_url.rstrip("/") != sandbox.base_url.rstrip("/"):
        return ()
    found = []
    for key in sorted(secrets_of(type(live))):
        left, right = getattr(live, key), getattr(sandbox, key)
        if left is not None and left == right and left.get_secret_value():
            found.append(key)
    return tuple(found)
