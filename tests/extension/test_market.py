"""Adding a market is one file, in a package of somebody else's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.flow.files import HEAD, load, mistakes, steps
from unshackled.markets import UnknownMarket, WrongMarket, market_codes, market_pack, refresh

ROOT = Path(__file__).parents[2]
FRANCE = """
market = "FR"
name = "France"
currencies = ["EUR"]
time_zones = ["Europe/Paris"]
holidays = "FR"
from = 2024-01-01

[rules]
vat = [{from = 2014-01-01, value = {standard = "20"}, source = "CGI article 278"}]
goods_withdrawal_days = [{from = 2014-06-14, value = 14, source = "C. conso. L221-18"}]
credit_withdrawal_days = [{from = 2010-07-01, value = 14, source = "C. conso. L312-19"}]
airtime_months_max = [{from = 2008-06-01, value = 24, source = "C. conso. L224-28"}]
airtime_notice = [{from = 2008-06-01, value = {days = 10}, source = "C. conso. L224-39"}]
apr = [{from = 2010-07-01, value = "2008/48/EC", source = "C. conso. R314-3"}]
contract_records_years = [{from = 2008-06-17, value = 5, source = "Code civil 2224"}]
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package that brings markets; afterwards it is gone."""
    folder, about = tmp_path / "acme_law", tmp_path / "acme_law-1.dist-info"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-law\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[unshackled.markets]\nacme = acme_law\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    refresh()
    yield folder
    monkeypatch.undo()
    sys.modules.pop("acme_law", None)
    refresh()


def test_a_market_of_a_package_is_known(package: Path, tmp_path: Path) -> None:
    """A retailer sells there, with its currency and by its clock."""
    (package / "fr.toml").write_text(FRANCE)
    assert market_codes() == ("DE", "FR", "GB")
    assert market_pack("FR").on(date(2026, 11, 30)).contract_records_years == 5
    head = HEAD.replace("GBP", "EUR, market: FR").replace("Europe/London", "Europe/Paris")
    flows = tmp_path / "retailers"
    flows.mkdir()
    retailer = load(flows, steps("{}").replace(HEAD.strip(), head.strip())).retailers["acme"]
    assert retailer.market == "FR"


def test_a_market_whose_documents_nobody_can_write_has_no_retailer(
    package: Path, tmp_path: Path
) -> None:
    """French law may want French documents, and there are no French sentences."""
    law = 'document_language = [{from = 2008-01-01, value = "fr", source = "Loi Toubon 94-665"}]'
    (package / "fr.toml").write_text(f"{FRANCE}{law}\n")
    head = HEAD.replace("GBP", "EUR, market: FR").replace("Europe/London", "Europe/Paris")
    text = steps("{}").replace(HEAD.strip(), head.strip())
    [mistake] = mistakes(tmp_path, {"acme.yaml": text})
    assert mistake.code == "unknown_market"
    assert "wants documents in 'fr'" in mistake.message
    assert "allowed are de, en" in mistake.message


def test_a_second_file_for_a_market_is_refused(package: Path) -> None:
    """Which of the two is the law cannot be known."""
    (package / "gb.toml").write_text(FRANCE)
    with pytest.raises(WrongMarket, match="acme_law brings the market GB a second time"):
        market_pack("DE")


def test_a_wrong_file_is_told_by_its_field(package: Path) -> None:
    """The package's file is read like ours."""
    (package / "fr.toml").write_text(FRANCE.replace("value = 24", "value = 0"))
    with pytest.raises(WrongMarket, match=r"fr.toml: rules.airtime_months_max\[0\].value: "):
        market_pack("FR")


def test_without_the_package_there_is_no_market() -> None:
    """Nothing of it is left."""
    with pytest.raises(UnknownMarket, match="allowed are DE, GB"):
        market_pack("FR")
