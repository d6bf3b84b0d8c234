"""In the demo every bundled adapter can be tried: its stand-in takes the values made up for it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.demo_mode import demo_environment
from unshackled.flow.language.spec import ProviderSpec
from unshackled.flow.plan.provider_config import build_settings
from unshackled.ports.operation import Operation
from unshackled.sdk import Call, Pending, RawCallback, Redirect, Refused, Undecided
from unshackled.testing.bench import CALLBACK_URL, AdapterHarness

SHELF = find()
SENDING = {
    *("adyen", "dropbox_sign", "gocardless", "klarna_payments", "mollie", "paypal", "sendgrid"),
    *("signer", "twilio", "worldpay_wpg"),
}
YES = ("approve", "complete", "confirm", "sign", "signed", "pay", "paid", "clear", "approved")


class Trying(AdapterHarness):
    """Somebody who says yes on whatever page there is."""

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Go there, come back, ask."""
        returned: dict[str, str] = {}
        if isinstance(outcome, Redirect):
            app = httpx.ASGITransport(app=self.stand_in.app())
            async with httpx.AsyncClient(transport=app) as browser:
                for choice in YES:
                    answer = await browser.post(outcome.url, data={"choice": choice})
                    if answer.status_code == 303:
                        returned = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
                        break
        await self.stand_in.settle()
        more = {"handle": outcome.handle, "returned": returned}
        return await self.look_up(operation, self.call(operation, reference=call.reference, **more))


def settings_of(name: str) -> Any:
    """The settings of an adapter, whose required ones all come from the demo's environment."""
    fields = SHELF.load(name).settings.model_fields
    wanted = {key for key, field in fields.items() if field.is_required() or field.examples}
    wanted |= {"base_url", "api_key"} & fields.keys()
    spec = ProviderSpec(
        name=name, adapter=name, settings={key: f"env:{key.upper()}" for key in wanted}
    )
    retailers: Any = {"northstar": SimpleNamespace(providers={name: spec})}
    environ = demo_environment(retailers, "http://backend.example", SHELF)
    return build_settings(spec, SHELF.load(name).settings, environ)


class Unknown(Exception):
    """A sample that this stand-in does not know, e.g. another lender's plan."""


async def trying(bench: AdapterHarness, operation: Operation) -> None:
    """Make a call; raises `Unknown`, or what says that the credentials were refused."""
    try:
        with contextlib.suppress(Undecided):  # its callback tells
            await bench.run(operation)
    except Refused as no:
        if no.code in ("401", "403"):
            raise
        raise Unknown from None


@pytest.mark.parametrize("name", [name for name in SHELF.names if SHELF.has_stand_in(name)])
async def test_a_stand_in_takes_what_the_demo_makes_up(name: str) -> None:
    """Keys, secrets and addresses, in calls and in what the stand-in sends by itself."""
    adapter, stand_in = SHELF.load(name), SHELF.stand_in(name)
    stand_in.state.update(webhook_url=CALLBACK_URL, callback_url=CALLBACK_URL)
    bench = Trying(adapter=adapter, stand_in=stand_in, settings=settings_of(name))
    for operation in bench.operations:
        with contextlib.suppress(Unknown):
            await trying(bench, operation)
    await stand_in.settle()
    assert bench.callbacks or name not in SENDING
    for sent in bench.callbacks:
        raw = RawCallback(
            body=sent.body, headers=sent.headers, received_at=datetime.now(UTC), url=sent.url
        )
        if adapter.receive is not None:
            await adapter.receive(bench.client, raw)
        elif adapter.callback is not None:
            adapter.callback(bench.settings, raw)
