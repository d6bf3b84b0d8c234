"""What the demo needs beside the product: known keys, and the stand-ins' addresses and secrets.

Used only when `UNSHACKLED_DEMO` is set, which a public address refuses. The keys live in the memory
of such a process and in no store: no other process takes them, whatever its database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from pydantic.fields import FieldInfo
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from unshackled.domain.account import account_of
from unshackled.domain.records import replace
from unshackled.errors import UnshackledError
from unshackled.flow.language.spec import ProviderSpec, Retailer
from unshackled.flow.plan.provider_config import Adapters, variable
from unshackled.flow.plan.registry import FlowRegistry
from unshackled.http.auth.credentials import DEMO_KEY, OPERATOR, SCOPES, Kind, hashed, key_text
from unshackled.store.stored_records import StoredKey
from unshackled.telemetry.names import OPERATION, OUTCOME, PROVIDER

if TYPE_CHECKING:  # it loads OpenTelemetry's SDK
    from unshackled.telemetry.span_records import DemoSpanExporter, SpanRecord

SECRET: Final = "demo-only-secret"  # noqa: S105
OPERATOR_NAME: Final = "demo"
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


def add_stories(api: FastAPI, stories: DemoSpanExporter) -> None:
    """Let the demo read what was recorded of a checkout: its provider calls and its trace."""

    async def story(request: Request) -> Response:
        checkout = request.path_params["checkout"]
        calls = [_call(span) for span in stories.records(checkout) if OPERATION in span.attributes]
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


def key_id(retailer: str, kind: Kind = "secret", *, livemode: bool = True) -> str:
    """The public id of a demo key of a retailer, e.g. `demo-northstar-test`."""
    marks = [*(() if livemode else ("test",)), *(() if kind == "secret" else ("page",))]
    return "-".join([DEMO_KEY + retailer, *marks])


def demo_key(retailer: str, kind: Kind = "secret", *, livemode: bool = True) -> str:
    """A demo key of a retailer, as a server or a page sends it."""
    key = key_id(retailer, kind, livemode=livemode)
    return key_text(kind, retailer, key, SECRET, livemode=livemode)


def demo_operator() -> str:
    """The operator's key of the demo."""
    return f"{OPERATOR}{OPERATOR_NAME}_{SECRET}"


def demo_operators() -> dict[str, str]:
    """Its name and the hash of its secret, as `UNSHACKLED_OPERATORS` would have them."""
    return {OPERATOR_NAME: hashed(SECRET)}


def demo_keys(retailers: Mapping[str, Retailer]) -> dict[str, StoredKey]:
    """By id: for each retailer and mode a secret key with every scope, and a publishable one."""
    return {
        key.id: key
        for retailer in retailers.values()
        for livemode in (True, False)
        for key in _pair(retailer, livemode=livemode)
    }


def _pair(retailer: Retailer, *, livemode: bool) -> Iterator[StoredKey]:
    for kind in ("secret", "publishable"):
        yield StoredKey(
            id=key_id(retailer.id, kind, livemode=livemode),
            retailer=account_of(retailer.id, livemode=livemode),
            kind=kind,
            secret_hash=hashed(SECRET),
            scopes=SCOPES if kind == "secret" else (),
            origins=() if kind == "secret" else retailer.origins,
            created_at=BEGINNING,
        )


def shop_environment(retailers: Iterable[str], *, api: str, shop: str) -> dict[str, str]:
    """The environment of the demo's shop: where the API is, and each retailer's keys."""
    keys = {
        name: {"secret": demo_key(name), "publishable": demo_key(name, "publishable")}
        for name in sorted(retailers)
    }
    return {"API": api, "SHOP_URL": shop, "SHOPS": json.dumps(keys)}


def with_shop(book: FlowRegistry, shop: str) -> FlowRegistry:
    """The same retailers, each with the demo's shop at `shop` as one more of its own pages."""
    retailers = {
        name: replace(
            one,
            origins=(*one.origins, shop),
            return_urls=(*one.return_urls, f"{shop}/{name}/done"),
        )
        for name, one in book.retailers.items()
    }
    return replace(book, retailers=retailers)


def demo_environment(
    retailers: Mapping[str, Retailer], sandbox_url: str, adapters: Adapters
) -> dict[str, str]:
    """A value for each variable that the demo flows refer to: the stand-ins and their secrets.

    What `sandbox:` refers to leads to other stand-ins of the same kinds, below `/test`.
    """
    return {
        name: _value(spec, setting, url, adapters)
        for retailer in retailers.values()
        for spec in retailer.providers.values()
        for url, settings in (
            (sandbox_url, spec.settings),
            (f"{sandbox_url}/test", spec.sandbox or {}),
        )
        for setting, written in settings.items()
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
