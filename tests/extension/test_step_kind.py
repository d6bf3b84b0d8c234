"""Adding a step kind is one file."""

import shutil
from pathlib import Path

import pytest

from tests.extension.conftest import EXAMPLE
from tests.extension.shop import Shop
from unshackled import steps
from unshackled.adapter_registry import find
from unshackled.flow.language.diagnostics import FlowMistakes

STEPS = """    steps:
      marketing: {consent: marketing}
      confirmation: {needs: [marketing, order], when: steps.marketing.agreed}
"""


def with_consent(flows: Path) -> Path:
    """The flows, one of which uses the new kind."""
    text = (EXAMPLE / "harbor.yaml").read_text().replace("    steps:\n", STEPS)
    (flows / "harbor.yaml").write_text(text)
    return flows


async def buy(flows: Path) -> Shop:
    """A customer of the new flow agrees and buys."""
    shop = Shop(flows, find())
    customer = await shop.begin("harbor", "sim-only", {"tariff": "sim-5gb"})
    (asked,) = [one for one in customer.checkout["next_actions"] if one["step"] == "marketing"]
    assert asked["schema"]["required"] == ["agreed"]
    assert (await customer.ask("PUT", "/steps/marketing", {"agreed": "yes"})).status_code == 422
    assert (await customer.buy())["status"] == "completed"
    await shop.close()
    return shop


async def test_a_step_kind_is_one_file_in_a_folder(flows: Path, kinds_folder: Path) -> None:
    """A flow uses it, a condition reads its output, the API asks for it by its schema."""
    shutil.copy(EXAMPLE / "consent.py", kinds_folder)
    steps.look_in(kinds_folder)
    shop = await buy(with_consent(flows))
    assert len(shop.backends.standing("notification.send")) == 1


async def test_a_step_kind_is_one_module_of_an_installed_package(
    flows: Path, kinds_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry point in `unshackled.steps` that names the module is all it takes."""
    shutil.copy(EXAMPLE / "consent.py", kinds_folder / "acme_consent.py")
    told = kinds_folder / "acme_consent-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-consent\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[unshackled.steps]\nconsent = acme_consent\n")
    monkeypatch.syspath_prepend(kinds_folder)
    steps.kinds.cache_clear()
    shop = await buy(with_consent(flows))
    assert len(shop.backends.standing("notification.send")) == 1


def test_a_kind_that_is_not_there_is_refused_by_name(flows: Path) -> None:
    """Without the file, the flow does not load, and the message lists the kinds there are."""
    with pytest.raises(FlowMistakes, match=r"unknown key 'consent': allowed are .*collect"):
        Shop(with_consent(flows), find())


def test_two_kinds_of_one_name_are_refused(kinds_folder: Path) -> None:
    """A file cannot quietly replace a kind of the product."""
    text = (EXAMPLE / "consent.py").read_text().replace('key = "consent"', 'key = "collect"')
    (kinds_folder / "other_collect.py").write_text(text)
    steps.look_in(kinds_folder)
    with pytest.raises(steps.TwoKinds, match="step kind collect"):
        steps.kinds()
