"""Adding a step kind is one file."""

import shutil
from pathlib import Path

import pytest

from tests.extension.conftest import EXAMPLE
from tests.extension.shop import Shop
from unshackled import steps
from unshackled.adapter_registry import find
from unshackled.flow.language.diagnostics import FlowMistakes
from unshackled.flow.plan.language_schema import flow_schema

STEPS = """    steps:
      marketing: {consent: marketing}
      confirmation: {needs: [marketing, order], when: steps.marketing.agreed}
"""


def with_consent(flows: Path, more: str = "") -> Path:
    """The flows, one of which uses the new kind, its step saying `more`."""
    written = STEPS.replace("marketing}", f"marketing{more}}}", 1)
    text = (EXAMPLE / "harbor.yaml").read_text().replace("    steps:\n", written)
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


async def test_an_option_of_a_kind_is_a_field_of_its_model(flows: Path, kinds_folder: Path) -> None:
    """It is read with its type, decides what the step takes, and is part of the stored flow."""
    shutil.copy(EXAMPLE / "consent.py", kinds_folder)
    steps.look_in(kinds_folder)
    shop = Shop(with_consent(flows, ", indispensable: true"), find())
    customer = await shop.begin("harbor", "sim-only", {"tariff": "sim-5gb"})
    refused = await customer.ask("PUT", "/steps/marketing", {"agreed": False})
    assert refused.status_code == 422
    assert (await customer.ask("PUT", "/steps/marketing", {"agreed": True})).status_code == 200
    resolved = shop.book.plan("harbor", "sim-only").resolved
    assert resolved["steps"]["marketing"]["indispensable"] is True
    await shop.close()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (", indispensable: 1", "wrong_value: indispensable: must be of type boolean"),
        (
            ", indispensible: true",
            "unknown_key: unknown key 'indispensible': allowed are .*ndispensa",
        ),
    ],
)
def test_a_wrong_option_is_told_with_its_line(
    flows: Path, kinds_folder: Path, more: str, said: str
) -> None:
    """As any other key of a flow file: where it is, what it must be, what is allowed."""
    shutil.copy(EXAMPLE / "consent.py", kinds_folder)
    steps.look_in(kinds_folder)
    with_consent(flows, more)
    lines = (flows / "harbor.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if more in text)
    with pytest.raises(FlowMistakes, match=f"harbor.yaml:{line}: {said}"):
        Shop(flows, find())


def test_an_option_of_a_kind_is_in_the_schema_of_flow_files(kinds_folder: Path) -> None:
    """So an editor knows it, its type and what it is for."""
    shutil.copy(EXAMPLE / "consent.py", kinds_folder)
    steps.look_in(kinds_folder)
    key, _ = flow_schema()["$defs"]["Step"]["properties"]["indispensable"]["anyOf"]
    assert key == {"type": "boolean", "default": False, "description": "Only a yes is taken."}


def test_a_kind_without_keys_of_its_own_says_nothing_of_them(kinds_folder: Path) -> None:
    """It needs no `options`; an empty mapping, as kinds of before may have, is the same."""
    text = (EXAMPLE / "consent.py").read_text()
    (kinds_folder / "consent.py").write_text(text.replace("    options = ConsentOptions\n", ""))
    (kinds_folder / "assent.py").write_text(
        text.replace("options = ConsentOptions", "options = {}").replace('"consent"', '"assent"')
    )
    steps.look_in(kinds_folder)
    found = steps.kinds()
    assert [steps.options_of(found[key]) for key in ("consent", "assent")] == [steps.Options] * 2


@pytest.mark.parametrize(
    "options", ['{"indispensable": {"type": "boolean"}}', "dict", "FieldError"]
)
def test_a_kind_whose_options_are_no_model_is_refused(kinds_folder: Path, options: str) -> None:
    """A JSON Schema, as kinds of before had it, is refused with what to write in its place."""
    text = (EXAMPLE / "consent.py").read_text()
    (kinds_folder / "consent.py").write_text(
        text.replace("options = ConsentOptions", f"options = {options}")
    )
    steps.look_in(kinds_folder)
    with pytest.raises(
        steps.NoOptionsModel,
        match=r"step kind consent \(unshackled.steps.consent\): .*"
        r"`class ConsentOptions\(unshackled.steps.Options\)` .*`options = ConsentOptions`",
    ):
        steps.kinds()
