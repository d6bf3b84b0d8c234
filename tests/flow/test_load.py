"""Loading: inheritance, defaults, wiring, the order of steps, providers, digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.files import (
    ADAPTERS,
    GOOD,
    HEAD,
    PROVIDERS,
    Adapters,
    load,
    mistakes,
    plan,
    steps,
    write,
)
from unshackled.adapter_registry import find
from unshackled.domain.customer import Contact
from unshackled.domain.package import HandsetLine
from unshackled.domain.personal import fields_of, is_personal
from unshackled.flow.language.diagnostics import Diagnostics, FlowMistakes
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import StepSpec
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode
from unshackled.flow.plan.dag import dag
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import FromCheckout, FromLiteral, FromStep
from unshackled.flow.plan.provider_config import MissingEnvironment, build_settings
from unshackled.flow.plan.registry import FlowRegistry, compile_resolved, load_flows
from unshackled.flow.plan.wiring import Wiring
from unshackled.steps import BaseDefinition

FLOWS = Path(__file__).parents[2] / "flows"


def test_step_is_overridden_key_by_key(tmp_path: Path) -> None:
    """What the flow does not say of a step stays as the base says it."""
    found = plan(tmp_path, "stock: {timeout: 3s, with: {hold: 2h}}").step("stock")
    assert found.definition.detail == "stock.reserve"
    assert found.timeout == timedelta(seconds=3)
    assert found.sources["hold"] == FromLiteral(value=timedelta(hours=2))


def test_lists_are_replaced(tmp_path: Path) -> None:
    """A list of needs is not added to the base's."""
    found = plan(tmp_path, "sent: {needs: [activate]}").step("sent")
    assert found.needs == ("activate",)


def test_removed_step_leaves_its_needs_to_its_dependants(tmp_path: Path) -> None:
    """`step: null` removes a step; who needed it needs what it needed."""
    free = "extends: base/good\n    sells: {handset: null, credit: null, accessories: null}"
    text = steps("deposit: null\norder: {use: {}}").replace("extends: base/good", free)
    found = load(tmp_path, text).plan("acme", "buy").steps
    assert "deposit" not in found
    assert {"confirm", "card"} <= set(found["order"].needs)
    assert found["order"].sources["payment"] == FromLiteral(value=None)


def test_removed_key_falls_back_to_the_default(tmp_path: Path) -> None:
    """`key: null` takes back what the base says."""
    assert plan(tmp_path, "card: {when: null}").step("card").when is None


def test_another_kind_takes_the_place_of_the_base_kind(tmp_path: Path) -> None:
    """A step may change its kind; options that only the old kind knows go with it."""
    found = plan(tmp_path, "card: {collect: payment_method, fields: {note: {}}}").step("card")
    assert "note" in found.definition.schema()["properties"]
    base = GOOD.replace("{collect: payment_method}", "{collect: address, fields: {note: {}}}")
    text = steps("card: {collect: payment_method}\naddress: {}")
    changed = load(tmp_path, text, **{"base/good.yaml": base}).plan("acme", "buy")
    assert changed.step("card").definition.detail == "payment_method"


def test_flow_extends_a_flow_of_its_file(tmp_path: Path) -> None:
    """Inheritance goes over several levels, deepest first."""
    text = steps("stock: {timeout: 3s}")
    text += "  again:\n    extends: buy\n    steps:\n      stock: {deadline: 2h}\n"
    found = load(tmp_path, text).plan("acme", "again").step("stock")
    assert (found.timeout, found.deadline) == (timedelta(seconds=3), timedelta(hours=2))


def test_providers_and_defaults_of_a_base_are_inherited(tmp_path: Path) -> None:
    """A retailer overrides a base's provider or default by its name."""
    base = GOOD + PROVIDERS.replace("adapter: shop", "adapter: broken", 1)
    text = f"{HEAD}\nproviders:\n  shop: {{adapter: shop, settings: {{base_url: a, key: env:K}}}}\n"
    text += "flows:\n  buy: {extends: base/good}\n"
    book = load(tmp_path, text, **{"base/good.yaml": base})
    assert book.retailers["acme"].providers["shop"].settings["base_url"] == "a"
    assert book.retailers["acme"].defaults["credit"] == "bank"


def test_facts_are_wired_by_type(tmp_path: Path) -> None:
    """A field is filled from the checkout, from the one earlier step, or is None where optional."""
    found = plan(tmp_path)
    assert found.step("stock").sources["handset"] == FromCheckout(fact=HandsetLine)
    assert found.step("prequalify").sources["contact"] == FromStep(step="contact", fact=Contact)
    assert found.step("order").sources["trade_in"] == FromLiteral(value=None)


def test_use_names_one_of_two_producers(tmp_path: Path) -> None:
    """`use` settles which of two steps gives a fact."""
    used = "\n".join(
        f"{name}: {{use: {{contact: other}}}}"
        for name in ("prequalify", "credit", "agreement", "order", "sim", "sent")
    ).replace("prequalify: {", "prequalify: {needs: [contact, address, income, other], ")
    found = plan(tmp_path, f"other: {{collect: contact}}\n{used}")
    assert found.step("sim").sources["contact"] == FromStep(step="other", fact=Contact)


def test_own_fields_keep_the_fact(tmp_path: Path) -> None:
    """A model with a flow's own fields still fills what asks for the model."""
    found = plan(tmp_path, "contact: {fields: {club: {type: string, public: true}}}")
    source = found.step("sent").sources["contact"]
    assert isinstance(source, FromStep)
    assert issubclass(source.fact, Contact)
    assert source.fact is found.step("contact").definition.output


def test_confirm_and_pivot_need_all_that_is_not_behind_them(tmp_path: Path) -> None:
    """Nothing is bought before everything upstream is settled; best effort holds nothing up."""
    found = plan(tmp_path)
    assert set(found.step("confirm").needs) == {
        "contact", "address", "stock", "income", "prequalify", "consent", "credit", "documents",
        "agreement", "card",
    }  # fmt: skip
    assert found.step("order").ancestors == set(found.steps) - {"order", "activate", "sim", "sent"}
    assert found.step("sim").downstream_of_pivot
    assert found.step("deposit").downstream_of_confirm
    assert not found.step("order").downstream_of_pivot


def test_steps_are_in_a_stable_order(tmp_path: Path) -> None:
    """Every step comes after its needs, otherwise as the file has them."""
    found = plan(tmp_path)
    names = list(found.steps)
    assert names[:4] == ["contact", "address", "stock", "income"]
    for name, step in found.steps.items():
        assert all(names.index(need) < names.index(name) for need in step.needs)


def test_policies_and_followers(tmp_path: Path) -> None:
    """A step has its own policy or the default; who follows a step has none of its own."""
    found = plan(
        tmp_path,
        "prequalify: {provider: {waterfall: [bank, second]}}\n"
        "stock: {provider: {first: shop, then: [shed]}}",
    )
    assert found.step("prequalify").policy == Policy(
        how="waterfall", providers=("bank", "second"), route="buy.prequalify"
    )
    assert found.step("credit").policy is None
    assert found.step("credit").follows == "prequalify"
    assert found.step("activate").follows == "credit"
    assert found.step("stock").policy == Policy(
        how="first", providers=("shop", "shed"), route="buy.stock"
    )
    assert found.step("order").policy == Policy(how="single", providers=("shop",))


def test_digest_covers_what_decides_and_nothing_else(tmp_path: Path) -> None:
    """Titles, settings and limits leave the digest alone; conditions and policies change it."""
    first = plan(tmp_path / "a").digest
    text = steps("{}")
    titled = text.replace("extends: base/good", "extends: base/good\n    title: Buy now")
    retuned = text.replace("base_url: env:SHOP_URL", "base_url: b").replace(
        "settings: {base_url: env:PSP_URL, key: env:PSP_KEY}",
        "settings: {base_url: env:PSP_URL, key: env:PSP_KEY}, limits: {timeout: 1s}",
    )
    for number, same in enumerate((titled, retuned)):
        assert load(tmp_path / f"same{number}", same).plan("acme", "buy").digest == first
    changes = (
        "sim: {when: has(package.tariff) && true}",
        "stock: {provider: {first: shop, then: [shed]}}",
        "prequalify: {provider: {waterfall: [bank, second]}}",
        "stock: {timeout: 11s}",
        "contact: {fields: {club: {}}}",
        "sent: null",
    )
    found = [plan(tmp_path / f"other{n}", change).digest for n, change in enumerate(changes)]
    assert len({first, *found}) == len(changes) + 1
    assert plan(tmp_path / "said", "stock: {provider: shop, timeout: 10s}").digest == first


def test_resolved_flow_compiles_again(tmp_path: Path) -> None:
    """A stored flow gives the same plan, whatever its base says meanwhile."""
    book = load(tmp_path, steps("contact: {fields: {club: {}}}\nstock: {with: {hold: 90m}}"))
    before = book.plan("acme", "buy")
    after = compile_resolved(before.resolved, book, Adapters())
    assert after.digest == before.digest
    assert list(after.steps) == list(before.steps)
    assert after.step("stock") == before.step("stock")
    assert book.by_digest[before.digest] is before


def test_stored_flow_compiles_without_the_proofs(tmp_path: Path) -> None:
    """A proof of today judges files: a flow that was started before it goes on as it was."""
    book = load(tmp_path, steps("{}"))
    stored = book.plan("acme", "buy").resolved
    del stored["steps"]["sim"]["when"]
    assert compile_resolved(stored, book, Adapters()).step("sim").when is None


def test_resolved_flow_of_a_lost_retailer_is_refused(tmp_path: Path) -> None:
    """A stored flow whose retailer has no file any more stops the start, by name."""
    resolved = plan(tmp_path).resolved
    with pytest.raises(FlowMistakes) as refused:
        compile_resolved(resolved, FlowRegistry(), Adapters())
    assert [m.code for m in refused.value.mistakes] == ["unknown_retailer"]


def test_resolved_flow_of_a_lost_provider_is_refused(tmp_path: Path) -> None:
    """A stored flow that names a provider which is gone stops the start, by name."""
    stored = plan(tmp_path / "old").resolved
    stored["steps"]["stock"]["provider"] = "shack"
    book = load(tmp_path / "new", steps("{}"))
    with pytest.raises(FlowMistakes) as refused:
        compile_resolved(stored, book, Adapters())
    assert {m.code for m in refused.value.mistakes} == {"unknown_provider"}


@pytest.mark.parametrize(
    ("step", "key"),
    [
        ("stock: {need: [contact]}", "need"),
        ("deposit: {needs: null, need: [confirm, card]}", "need"),
        ("sim: {when: null, wen: has(package.tariff)}", "wen"),
        ("check: {call: address.verify, needs: [address], providr: shop}", "providr"),
        ("order: {pivot: null, pivto: true}", "pivto"),
        ("credit: {needs: null, nedes: [prequalify]}", "nedes"),
    ],
)
def test_a_misspelt_key_is_the_one_mistake(tmp_path: Path, step: str, key: str) -> None:
    """Nothing that only looks wrong because of it is told beside it."""
    [mistake] = mistakes(tmp_path, {"acme.yaml": steps(step)})
    assert mistake.code == "unknown_key"
    assert f"unknown key {key!r}: allowed are" in mistake.message


@pytest.mark.parametrize("required", [True, False])
def test_a_field_of_a_flow_keeps_its_title(tmp_path: Path, required: bool) -> None:
    """What customers read beside an optional field is what the flow says, as for any other."""
    said = f"{{title: Club card, required: {str(required).lower()}}}"
    step = plan(tmp_path, f"contact: {{fields: {{club: {said}}}}}").step("contact")
    schema = step.definition.schema()
    assert schema["properties"]["club"]["title"] == "Club card"
    assert ("club" in schema["required"]) is required
    assert is_personal(fields_of(step.definition.output)["club"])


def test_all_mistakes_of_all_files_are_told(tmp_path: Path) -> None:
    """Nobody has to mend one mistake to be told the next."""
    text = steps("contact: {colour: red}\nstock: {call: x.y}\nsim: {when: package.car}\ncard: 3")
    found = mistakes(tmp_path, {"acme.yaml": text, "two.yaml": "language: 3\n"})
    assert {m.code for m in found} >= {
        "unknown_key", "unknown_operation", "bad_condition", "no_kind", "unknown_language",
        "missing_key",
    }  # fmt: skip
    assert str(found[0]).startswith("flows/acme.yaml:")


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    """Bytes that are no text stop the start, by the file's name."""
    root = write(tmp_path, {})
    (root / "acme.yaml").write_bytes(b"language: \xff")
    with pytest.raises(FlowMistakes, match=r"acme.yaml:1: not_yaml: not UTF-8"):
        load_flows(root, Adapters())


def test_a_code_that_nobody_knows_is_a_bug() -> None:
    """A mistake has one of the documented codes."""
    with pytest.raises(KeyError):
        Diagnostics().add(SourceLocation("f", 1), "oops", "")


def test_missing_literal_is_told(tmp_path: Path) -> None:
    """A field without a default and without a value under `with` is a mistake."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Request:
        months: int

    mark = SourceLocation("f", 1)
    made = ParsedStep(
        name="ask",
        node=YamlNode({}, mark),
        spec=StepSpec(),
        definition=BaseDefinition(kind="call", detail="x.y", entry="call", request=Request),
        options={},
    )
    report = Diagnostics()
    wiring = Wiring(sketches={"ask": made}, dag=dag({"ask": frozenset()}), report=report)
    assert wiring.sources(made) == {}
    assert [m.code for m in report.entries.values()] == ["missing_literal"]


def test_settings_are_looked_up_when_the_provider_is_built(tmp_path: Path) -> None:
    """References stay references in the book; every missing variable is named at once."""
    text = steps("{}").replace("key: env:SHOP_KEY", "key: env:SHOP_KEY, poll_after: 250ms")
    spec = load(tmp_path, text).retailers["acme"].providers["shop"]
    model = ADAPTERS["shop"].settings
    assert spec.settings["key"] == "env:SHOP_KEY"
    with pytest.raises(MissingEnvironment, match="provider shop: set SHOP_KEY, SHOP_URL"):
        build_settings(spec, model, {})
    built = build_settings(spec, model, {"SHOP_KEY": "s", "SHOP_URL": "http://x"})
    assert (built.base_url, built.model_dump()["poll_after"]) == (
        "http://x",
        timedelta(milliseconds=250),
    )


def test_wrong_variable_is_told_without_its_value(tmp_path: Path) -> None:
    """What the environment says wrong is named by its variable, never shown."""
    text = steps("{}").replace("key: env:SHOP_KEY", "key: env:SHOP_KEY, limit: env:SHOP_LIMIT")
    spec = load(tmp_path, text).retailers["acme"].providers["shop"]
    environ = {"SHOP_KEY": "s", "SHOP_URL": "u", "SHOP_LIMIT": "hush"}
    with pytest.raises(MissingEnvironment, match="SHOP_LIMIT") as refused:
        build_settings(spec, ADAPTERS["shop"].settings, environ)
    assert "hush" not in str(refused.value)


def test_limits_are_read(tmp_path: Path) -> None:
    """What a file does not say of the limits keeps its default."""
    text = steps("{}").replace(
        "key: env:PSP_KEY}", "key: env:PSP_KEY}, limits: {timeout: 3s, breaker: {probes: 5}}"
    )
    limits = load(tmp_path, text).retailers["acme"].providers["psp"].limits
    assert (limits.timeout, limits.concurrency) == (timedelta(seconds=3), 64)
    assert (limits.breaker.probes, limits.breaker.calls) == (5, 100)


def test_the_three_retailers_load() -> None:
    """The flows that are shipped hold every proof with the adapters that are shipped."""
    book = load_flows(FLOWS, find())
    selling = {name: plan for name, plan in book.plans.items() if plan.case is None}
    assert set(selling) == {
        ("northstar", "handset-on-credit"),
        ("orbit", "upgrade"),
        ("orbit", "upgrade-on-credit"),
        ("orbit", "upgrade-on-inspection"),
        ("pocket", "sim-only"),
    }
    assert all(p.pivot == "order" and p.confirm == "confirm" for p in selling.values())
    for found in book.plans.values():
        assert compile_resolved(found.resolved, book, find()).digest == found.digest
