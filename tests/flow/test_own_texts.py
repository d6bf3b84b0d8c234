"""What retailers and lenders say in documents is data of their files, checked at load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flow.files import HEAD, load, mistakes, steps
from unshackled.domain.documents import OwnText

_HEAD_LINE = next(line for line in HEAD.splitlines() if line.startswith("retailer:"))


def headed(documents: Any) -> str:
    """The good file of a retailer that says this in documents."""
    head = yaml.safe_load(_HEAD_LINE)["retailer"]
    said = yaml.safe_dump({"retailer": {**head, "documents": documents}}, allow_unicode=True)
    return steps("{}").replace(_HEAD_LINE, said.strip())


def test_a_retailer_and_its_providers_are_in_the_plan(tmp_path: Path) -> None:
    """Its legal name, else the one that customers read; its texts by document and language."""
    texts = {"credit_agreement": [{"heading": "Us", "text": "We are paid.", "language": "en"}]}
    text = headed({"address": "1 High Street", "texts": texts, "late_costs": {"en": "£5"}})
    text = text.replace("providers:", "providers:", 1)
    (plan,) = load(tmp_path, text).plans.values()
    mine = plan.papers.retailer
    assert (mine.party.name, mine.party.address) == ("Acme", "1 High Street")
    assert mine.statements == (("late_costs", "en", "£5"),)
    own = OwnText(heading="Us", text="We are paid.", language="en")
    assert mine.texts == {"credit_agreement": (own,)}


def test_own_texts_are_no_part_of_a_flows_digest(tmp_path: Path) -> None:
    """Open checkouts go on by their flow when a lawyer has changed a sentence."""
    digests = {
        plan.digest
        for number, documents in enumerate(({}, {"name": "Acme & Sons Ltd"}))
        for plan in load(tmp_path / str(number), headed(documents)).plans.values()
    }
    assert len(digests) == 1


def _text(**changes: Any) -> dict[str, Any]:
    return {"texts": {"contract_summary": [{"heading": "A", "text": "B", **changes}]}}


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ({"name": "<b>Acme</b>"}, "looks like markup"),
        ({"name": "Acme &amp; Sons"}, "looks like markup"),
        ({"address": "[here](https://acme.example)"}, "looks like markup"),
        ({"address": "line one\nline two"}, "write one line of text"),
        ({"name": "A\u202ecme"}, "control characters"),
        ({"name": ""}, "is empty"),
        ({"late_costs": {"fr": "5 £"}}, "unknown language 'fr': allowed are de, en"),
        ({"speeds": {"en": "S" * 501}}, "500"),
        ({"name": " Acme"}, "ends with a space"),
        ({"name": "A" * 121}, "120"),
        ({"colour": "red"}, "unknown key"),
        (_text(text="C" * 1501), "1500"),
        (
            {"texts": {"credit_agreement": [{"heading": "A", "text": c * 1400} for c in "bcd"]}},
            "4203 characters of text: at most 4000",
        ),
        (_text(language="fr"), "unknown language 'fr': allowed are de, en"),
        (_text(text="**bold**"), "looks like markup"),
        ({"texts": {"poem": []}}, "unknown document 'poem': allowed are adequate_explanation"),
        (
            {"texts": {"contract_summary": [{"heading": f"A{n}", "text": "B"} for n in range(13)]}},
            "at most 12",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_at_load(tmp_path: Path, documents: Any, says: str) -> None:
    """Bounds, markup and characters that turn other text round: with what is allowed."""
    found = mistakes(tmp_path, {"acme.yaml": headed(documents)})
    assert any(says in one.message for one in found), [str(one) for one in found]


@pytest.mark.parametrize(
    "name", ["A < B & C > D", "Müller & Söhne", "שלום", "#1 $hop (50 % off)", "a_b *c"]
)
def test_ordinary_names_are_taken(tmp_path: Path, name: str) -> None:
    """A sign that means something elsewhere means nothing here."""
    (plan,) = load(tmp_path, headed({"name": name})).plans.values()
    assert plan.papers.retailer.party.name == name
