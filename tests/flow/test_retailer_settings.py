"""A setting of a retailer is declared once, and read as its file says it."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flow.files import HEAD, load, mistakes, steps
from unshackled.flow.language.document_settings import DocumentsSpec, OwnTextSpec
from unshackled.flow.language.retailer_settings import (
    CatalogueSpec,
    RetailerSettings,
    RetailerSpec,
    StockSpec,
    WaitingRoomSpec,
)
from unshackled.flow.language.spec import Retailer
from unshackled.flow.language.theme_spec import ThemeSpec
from unshackled.flow.language.upgrade_spec import UpgradeSpec

# Each setting as a file writes it, none at its default, and as the service reads it.
WRITTEN: dict[str, tuple[Any, Any]] = {
    "id": ("acme", "acme"),
    "name": ("Acme & Sons", "Acme & Sons"),
    "locale": ("de-AT", "de-AT"),
    "currency": ("EUR", "EUR"),
    "time_zone": ("Europe/Berlin", "Europe/Berlin"),
    "market": ("DE", "DE"),
    "origins": (["https://a.example", "http://localhost:1"],) * 2,
    "return_urls": (["https://a.example/back?x=1"],) * 2,
    "checkout_page": ("https://a.example/pay",) * 2,
    "latency_budget": ("250ms", timedelta(milliseconds=250)),
    "quote_validity": ("2d", timedelta(days=2)),
    "erase_after": ("14d", timedelta(days=14)),
    "quote_page": ("https://a.example/q/{quote}?x=1#top",) * 2,
    "catalogue": (
        {"fresh": "5s", "stale": "1h"},
        CatalogueSpec(fresh=timedelta(seconds=5), stale=timedelta(hours=1)),
    ),
    "documents": (
        {
            "address": "1 High Street",
            "texts": {"contract_summary": [{"heading": "A", "text": "B"}]},
        },
        DocumentsSpec(
            address="1 High Street",
            texts={"contract_summary": [OwnTextSpec(heading="A", text="B")]},
        ),
    ),
    "theme": (
        {"accent": "#0b4f6c", "radius": 4},
        ThemeSpec(accent="#0b4f6c", radius=4),
    ),
    "stock": (
        {"fresh": "2s", "stale": "1m"},
        StockSpec(fresh=timedelta(seconds=2), stale=timedelta(minutes=1)),
    ),
    "waiting_room": (
        {"rate_per_minute": 50, "share": 3},
        WaitingRoomSpec(rate_per_minute=50, share=3),
    ),
    "upgrades": (
        {"early": {"months": 24, "min_repayments": 12, "surplus": "forfeit"}},
        {"early": UpgradeSpec(months=24, min_repayments=12, surplus="forfeit")},
    ),
}
_HEAD_LINE = next(line for line in HEAD.splitlines() if line.startswith("retailer:"))


def headed(**said: Any) -> str:
    """The good file of a retailer that says this of itself."""
    return steps("{}").replace(_HEAD_LINE, yaml.safe_dump({"retailer": said}).strip())


def test_every_setting_is_read_as_it_is_written(tmp_path: Path) -> None:
    """What the service reads has a field for each setting, with the value of the file."""
    assert list(WRITTEN) == [one.name for one in fields(RetailerSettings)]
    assert list(RetailerSpec.model_fields) == list(WRITTEN)
    text = headed(**{name: written for name, (written, _) in WRITTEN.items()})
    found = load(tmp_path, text).retailers["acme"]
    for name, (_, value) in WRITTEN.items():
        read = getattr(found, name)
        assert (list(read) if isinstance(read, tuple) else read) == value, name


def test_a_setting_that_is_left_out_has_its_default(tmp_path: Path) -> None:
    """The same default, whether a file leaves it out or a program does."""
    needed = {name: WRITTEN[name][0] for name in ("id", "name", "currency", "time_zone")}
    needed["locale"] = "de-DE"
    found = load(tmp_path, headed(**needed)).retailers["acme"]
    assert found == Retailer(
        **needed, providers=found.providers, defaults=found.defaults, flows=found.flows
    )
    assert found.market == "DE"
    assert (found.origins, found.catalogue) == ((), CatalogueSpec())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("origins", "https://a.example", "origins: must be of type array"),
        ("origins", {"a": "https://a.example"}, "origins: must be of type array"),
        ("origins", [3], "origins.0: must be of type string"),
        *(
            ("origins", [origin], says)
            for origin, says in (
                ("https://A.example", "in lower case"),
                ("https://a.example:443", "without the port that goes without saying"),
                ("https://a.example;script-src", "no origin"),
                ("https://a.example,b.example", "no origin"),
                ("https://me@a.example", "has a user name"),
                ("https://a.example\\", "backslash"),
                ("https://*.example", "no origin"),
            )
        ),
        ("return_urls", ["https://a.example/#top"], "return_urls.0: "),
        *(
            ("return_urls", [page], says)
            for page, says in (
                ("https://a.example/*", "a * may only end a path"),
                ("https://a.example/x*", "a * may only end a path"),
                ("https://*.example/done", "a * may only end a path"),
                ("https://a.example/*/done", "a * may only end a path"),
                ("https://a.example/done?x=/*", "a * may only end a path"),
                ("https://me@a.example/done", "has a user name"),
                ("https://a.example\\@b.example/done", "backslash"),
            )
        ),
        ("checkout_page", "https://a.example/pay#x", "has a fragment"),
        ("quote_page", "https://a.example/basket", "write it with {quote}, e.g. https://shop"),
        ("quote_page", "https://a.example/{quote}/{quote}", "write it with {quote}"),
        ("quote_page", "https://{quote}.example/", "write it with {quote}"),
        ("quote_page", "https://a.example/ {quote}", "write it with {quote}"),
        ("quote_page", "http://a.example/{quote}", "no https:// address"),
        ("latency_budget", 8, "write 250ms, 30s"),
        ("name", "", "name: must have at least 1 character"),
        ("time_zone", "Mars/Olympus", "time_zone: "),
        ("market", "Germany", "market: "),
        ("market", "FR", "allowed are DE, GB"),
        ("catalogue", {"frehs": "1m"}, "'catalogue.frehs': allowed are fresh, stale"),
        ("catalog", {}, "'catalog': allowed are catalogue, checkout_page"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(
    tmp_path: Path, name: str, value: Any, said: str
) -> None:
    """At the line of the retailer's file, whatever the wrong value is."""
    text = headed(**{**{key: written for key, (written, _) in WRITTEN.items()}, name: value})
    [mistake] = mistakes(tmp_path, {"acme.yaml": text})
    assert said in mistake.message
    written_at = next(n for n, line in enumerate(text.splitlines(), 1) if f"  {name}:" in line)
    assert abs(mistake.line - written_at) <= 1
