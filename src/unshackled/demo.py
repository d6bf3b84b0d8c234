"""What the demo needs beside the product: known keys, and the stand-ins' addresses and secrets.

Used only when `UNSHACKLED_DEMO` is set, which a public address refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from fastapi import FastAPI
from pydantic.fields import FieldInfo
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from unshackled.errors import UnshackledError
from unshackled.flow.providers import Adapters, variable
from unshackled.flow.spec import ProviderSpec, Retailer
from unshackled.http.credentials import SCOPES, hashed
from unshackled.store.port import StoredKey
from unshackled.telemetry import SpanRecord, StoryExporter
from unshackled.telemetry.names import OPERATION, OUTCOME, PROVIDER

SECRET = "demo-only-secret"  # noqa: S105


def add_stories(api: FastAPI, stories: StoryExporter) -> None:
    """Let the demo read what was recorded of a checkout: its provider calls and its trace."""

    async def story(request: Request) -> Response:
        checkout = request.path_params["checkout"]
        calls = [_call(span) for span in stories.records(checkout) if PROVIDER in span.attributes]
        return JSONResponse({"spans": calls, "tree": stories.lines(checkout)})

    api.add_route("/demo/stories/{checkout}", story, include_in_schema=False)


def _call(span: SpanRecord) -> dict[str, object]:
    return {
        "id": span.id,
        "operation": span.attributes.get(OPERATION),
        "provider": span.attributes.get(PROVIDER),
        "outcome": span.attributes.get(OUTCOME),
        "milliseconds": (span.ended - span.started) / 1e6,
    }


def key_id(retailer: str) -> str:
    """The public id of the demo key of a retailer."""
    return f"demo-{retailer}"


def demo_key(retailer: str) -> str:
    """The demo's secret key of a retailer, as a server sends it."""
    return f"sk_{retailer}_{key_id(retailer)}_{SECRET}"


def demo_keys(retailers: Mapping[str, Retailer], now: datetime) -> Iterable[StoredKey]:
    """A secret key for each retailer, with every scope."""
    for retailer in retailers.values():
        yield StoredKey(
            id=key_id(retailer.id),
            retailer=retailer.id,
            kind="secret",
            secret_hash=hashed(SECRET),
            scopes=SCOPES,
            origins=(),
            created_at=now,
        )


def demo_environment(
    retailers: Mapping[str, Retailer], sandbox_url: str, adapters: Adapters
) -> dict[str, str]:
    """A value for each variable that the demo flows refer to: the stand-ins and their secrets."""
    return {
        name: _value(spec, setting, sandbox_url, adapters)
        for retailer in retailers.values()
        for spec in retailer.providers.values()
        for setting, written in spec.settings.items()
        if (name := variable(written)) is not None
    }


def _value(spec: ProviderSpec, setting: str, sandbox_url: str, adapters: Adapters) -> str:
    """What the stand-in takes: the first example of the adapter's setting, else a name of ours."""
    if setting == "base_url":
        return f"{sandbox_url}/{spec.adapter}"
    field = _fields(spec, adapters).get(setting)
    if field is not None and field.examples:
        return str(field.examples[0])
    named = f"demo-only-{spec.adapter}-{setting}".replace("_", "-")
    if setting in ("callback_secret", "webhook_secret"):
        return named
    if setting == "hmac_key":  # is written in hexadecimal
        return hashlib.sha256(named.encode()).hexdigest().upper()
    return "demo-only"


def _fields(spec: ProviderSpec, adapters: Adapters) -> Mapping[str, FieldInfo]:
    try:
        return adapters.load(spec.adapter).settings.model_fields
    except UnshackledError:
        return {}  # whoever uses the provider is told why it cannot be loaded
