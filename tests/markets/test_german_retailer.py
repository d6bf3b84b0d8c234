"""A retailer in Germany: euros, German law by Berlin's calendar, documents in German."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.test_app import client, running, settings
from tests.app.test_ways_on import OTHER, SHELF, Shop, live
from unshackled.app import Overrides, build
from unshackled.demo_mode import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.testing.customer import FORMS, Customer
from unshackled.testing.sandbox import sandbox
from unshackled_adapters.commerce.fake_catalogue import CATALOGUE_JSON

ROOT = Path(__file__).parents[2]
FLOW = Path(__file__).parent / "flows" / "adler.yaml"
PACKAGE = {
    "handset": "handset-mid",
    "tariff": "sim-unlimited",
    "credit": {"plan": "credit-24-9.9", "deposit": 4_900},
    "accessories": ["case-clear"],
}
MYSELF: dict[str, Any] = {
    name: value for one in FORMS.values() for name, value in one.items() if value is not None
} | {
    "line1": "Unter den Linden 1",
    "line2": None,
    "city": "Berlin",
    "postcode": "10117",
    "country": "DE",
    "phone": "0151 12345678",
    "token": "pm_card_visa",
}


def in_euros() -> dict[str, Any]:
    """What the stand-in platform sells, in euros, with the VAT in its prices."""
    taxed = {
        kind: [{**item, "vat": "standard"} for item in CATALOGUE_JSON[kind]]
        for kind in ("handsets", "tariffs", "accessories")
    }
    return {**CATALOGUE_JSON, "currency": "EUR", **taxed}


def selling_in_euros(vendors: Any) -> Any:
    """The stand-ins, whose commerce platform has another catalogue."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/commerce/v2/catalogue":
            head = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            body = json.dumps(in_euros()).encode()
            await send({"type": "http.response.body", "body": body})
            return
        await vendors(scope, receive, send)

    return app


@asynccontextmanager
async def adler(tmp_path: Path) -> AsyncIterator[Shop]:
    """The service with this one retailer, over its stand-ins."""
    flows = tmp_path / "flows"
    shutil.copytree(ROOT / "flows" / "base", flows / "base")
    shutil.copy(FLOW, flows)
    vendors = selling_in_euros(sandbox(SHELF))
    overrides = Overrides(adapters=SHELF, transport=in_process(vendors), store=None)
    service = build(settings(flows=flows), overrides)
    transport = httpx.ASGITransport(app=vendors)
    async with (
        running(service),
        client(service) as api,
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as desk,
    ):
        yield Shop(service, api, desk)


async def begin(opened: Shop, locale: str | None = None) -> Customer:
    """Somebody who buys a phone on credit with a tariff and a case."""
    key = demo_key("adler")
    said = {"locale": locale} if locale else {}
    made = await opened.api.post(
        "/v1/checkouts",
        json={"flow": "handy-auf-raten", "package": PACKAGE, **said},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "one"},
    )
    assert made.status_code == 201, made.text
    return Customer(
        api=opened.api,
        checkout=made.json(),
        token=made.json()["customer_token"],
        pages=opened.visit,
        forms={"myself": MYSELF},
        other=OTHER,
        shop_key=key,
    )


async def test_a_german_customer_buys_by_german_law(tmp_path: Path) -> None:
    """The order is placed and the credit activated, each in euros; every document is German."""
    async with adler(tmp_path) as opened:
        customer = await begin(opened)
        documents: dict[str, Any] = {}

        def keep(action: Any) -> None:
            if action.get("document"):
                documents[action["step"]] = action["document"]

        customer.listener = keep
        assert await live(customer) == []
        seen = customer.checkout
        assert (seen["status"], seen["currency"], seen["locale"]) == ("completed", "EUR", "de-DE")
        ledger = (await opened.vendors.get("/_ledger")).json()["ledger"]
        done = {row["effect"]: row for row in ledger}
        assert done["orders.place"]["currency"] == "EUR"
        assert {"credit.activate", "payment.charge", "sim.activate"} <= set(done)
        said = {step: json.dumps(one, ensure_ascii=False) for step, one in documents.items()}
        assert {one["language"] for one in documents.values()} == {"de"}
        assert "innerhalb von 14 Tagen" in said["documents"]
        assert "SI 2010" not in said["documents"]
        assert "669,00\xa0€" in said["documents"]
        assert "binnen 14 Tagen" in said["summary"]
        assert "24 Monate" in said["summary"]
        assert "Kündigungsfrist 1 Monat" in said["summary"]
        assert "30 Tage" not in said["summary"]


async def test_a_german_quote_says_german_vat_and_an_example_in_german(tmp_path: Path) -> None:
    """19 % in the phone, 24 months of the tariff with its rise, and the case."""
    async with adler(tmp_path) as opened:
        quote = (await begin(opened)).checkout["quote"]
        tariff = next(one for one in quote["contracts"] if one["part"] == "tariff")
        gross = 71_800 + tariff["total"] + 1_900
        net = (gross * 100 + 59) // 119  # half up: 59.5 is never met by whole cents
        assert quote["vat"] == [
            {
                "rate": "standard",
                "percent": "19",
                "gross": gross,
                "net": net,
                "tax": gross - net,
            }
        ]
        example = quote["representative_example"]
        assert example["text"].startswith("Repräsentatives Beispiel: Barzahlungspreis 718,00\xa0€,")
        assert example["apr_percent"] == quote["apr_percent"]
        credit = next(one for one in quote["contracts"] if one["part"] == "credit")
        assert credit["regulated"] is True
        assert sum(one["due_today"] for one in quote["contracts"]) == quote["due_today"]
        assert sum(one["total"] for one in quote["contracts"]) == quote["total_payable"]


async def test_documents_of_a_german_retailer_are_in_german_for_everybody(tmp_path: Path) -> None:
    """A customer who reads English has English sentences, and German contract documents."""
    async with adler(tmp_path) as opened:
        customer = await begin(opened, "en-GB")
        languages: dict[str, str] = {}

        def keep(action: Any) -> None:
            if action.get("document"):
                languages[action["step"]] = action["document"]["language"]

        customer.listener = keep
        await live(customer)
        assert customer.checkout["status"] == "completed"
        assert (languages["documents"], languages["summary"]) == ("de", "de")
        text = customer.checkout["quote"]["representative_example"]["text"]
        assert text.startswith("Representative example: ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("currency: EUR", "currency: GBP", "currency: 'GBP' is none of the market DE"),
        ("Europe/Berlin", "Europe/London", "time_zone: 'Europe/London' is none of the market DE"),
        ("market: DE", "market: AT", "there are no rules of the market 'AT'"),
    ],
)
def test_a_german_retailer_with_another_countrys_ways_does_not_start(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """The composition root refuses it, with file and line."""
    flows = tmp_path / "flows"
    shutil.copytree(ROOT / "flows" / "base", flows / "base")
    text = FLOW.read_text()
    (flows / "adler.yaml").write_text(text.replace(old, new, 1))
    line = 1 + text[: text.index(old)].count("\n")
    overrides = Overrides(adapters=SHELF, transport=in_process(sandbox(SHELF)), store=None)
    with pytest.raises(Exception, match=rf"adler.yaml:{line}: .*{said}"):
        build(settings(flows=flows), overrides)
