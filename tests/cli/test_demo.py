"""`unshackled demo`: whatever vendor's adapter a retailer's file names can be tried by it."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import FLOWS, environ, told
from tests.cli.test_processes import started
from unshackled.adapter_registry import find
from unshackled.cli.demo import CARD
from unshackled.ports import all_operations
from unshackled.sdk import Passed
from unshackled.sdk.ports import PaymentMethod
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.recordings import made_up
from unshackled.testing.samples import request_for
from unshackled.testing.servers import free_port

OURS = """\
  psp:
    adapter: psp
    settings:
      base_url: env:NORTHSTAR_PSP_URL
      api_key: env:NORTHSTAR_PSP_KEY
      webhook_secret: env:NORTHSTAR_PSP_WEBHOOK_SECRET
      statement: NORTHSTAR
    sandbox:
      base_url: env:NORTHSTAR_SANDBOX_PSP_URL
      api_key: env:NORTHSTAR_SANDBOX_PSP_KEY
      webhook_secret: env:NORTHSTAR_SANDBOX_PSP_WEBHOOK_SECRET
"""
THEIRS = """\
  mollie:
    adapter: mollie
    settings: {base_url: env:ANY_URL, api_key: env:ANY_KEY}
  postcodes:
    adapter: ideal_postcodes
    settings: {base_url: env:OTHER_URL, api_key: env:OTHER_KEY}
"""


def with_vendors(folder: Path) -> Path:
    """The demo's flows, Northstar with other vendors for cards and addresses."""
    flows = folder / "flows"
    shutil.copytree(FLOWS, flows)
    file = flows / "northstar.yaml"
    text = file.read_text()
    assert OURS in text
    text = text.replace(OURS, THEIRS)
    file.write_text(text.replace("payment: psp", "payment: mollie\n  address: postcodes"))
    return flows


async def test_every_payment_provider_takes_the_card_of_the_demo() -> None:
    """One token, whichever of them a retailer's file names; PayPal and Mollie have a page."""
    shelf = find()
    for name in ("psp", "adyen", "stripe", "worldpay_wpg"):
        adapter = shelf.load(name)
        bench = AdapterHarness(
            adapter=adapter, stand_in=shelf.stand_in(name), settings=made_up(adapter)
        )
        charge = all_operations()["payment.charge"]
        request = request_for(charge, facts=(PaymentMethod(token=CARD),))
        assert isinstance(await bench.send(charge, request, bench.call(charge)), Passed), name


def test_a_bundled_vendor_is_tried_by_naming_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Variables are made up as the stand-ins want them, and the customer pays on Mollie's page."""
    port, standins = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    options = ("--port", port, "--sandbox-port", standins, "--shop-port", free_port())
    env = environ(UNSHACKLED_FLOWS=str(with_vendors(tmp_path)))
    buys = ("demo", "--retailer", "northstar", "--url", url)
    with started("up", *options, env=env, url=url):
        seen = told(capsys, *buys)
        assert (seen.code, seen.err) == (0, "")
        assert "goes to the provider's page for deposit" in seen.out
        assert "at mollie " in seen.out
        assert "at postcodes " in seen.out
        no = {"mode": "decline", "operation": "payment.charge", "times": 99}
        httpx.post(f"http://127.0.0.1:{standins}/_scenario", json=no).raise_for_status()
        declined = told(capsys, *buys)
    assert declined.code == 2
    assert "is asked for again: ready_for_complete" in declined.err
    assert "Your card does not cover the amount." in declined.err
