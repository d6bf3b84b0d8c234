"""Every document of each demo flow, as a customer would get it: nothing is amiss."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from tests.messages.test_prescribed import PRESCRIBED, headings
from tests.shipped import shipped
from unshackled.domain.documents.document_model import DocumentTable
from unshackled.messages import rewritten
from unshackled.rendering.document_html import page
from unshackled.rendering.document_pdf import pdf_of
from unshackled.testing.sample_papers import SamplePaper, sample_papers

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
GB = ("GB", "en-GB")
FLOWS = tuple(shipped().plans)
# Who has to be named in a document of a flow, by what its file says.
NAMED = {
    ("northstar", "prime-lender"): ("Northstar Retail Limited", "Prime Credit plc"),
    ("northstar", "second-lender"): ("Northstar Retail Limited", "Second Chance Finance Limited"),
    ("orbit", "lender"): ("Orbit Upgrades Limited", "Prime Credit plc"),
}


@cache
def papers_of(retailer: str, flow: str) -> tuple[SamplePaper, ...]:
    """The documents of a flow of a demo retailer."""
    return tuple(sample_papers(shipped().plans[retailer, flow], AT))


@pytest.mark.parametrize(("retailer", "flow"), FLOWS)
def test_no_document_has_a_gap_or_a_placeholder(retailer: str, flow: str) -> None:
    """No brace, no None, no empty cell; no word of code where a customer reads."""
    papers = papers_of(retailer, flow)
    assert papers
    for paper in papers:
        for text in paper.document.model.texts():
            assert text.strip(), paper.name
            assert not [bad for bad in ("{", "}", "None", "sha256", "  ") if bad in text], text
            assert text == text.strip()


@pytest.mark.parametrize(("retailer", "flow"), FLOWS)
def test_each_has_its_prescribed_headings(retailer: str, flow: str) -> None:
    """Of the market GB, in English; where goods and lender are known nothing may be left out."""
    lists = {name: known for name, market, locale, known in PRESCRIBED if (market, locale) == GB}
    for paper in papers_of(retailer, flow):
        if paper.document.model.language != "en" or paper.document.name not in lists:
            continue
        known = headings(paper.document.model)
        for wanted in lists[paper.document.name]:
            assert any(one.startswith(wanted) for one in known), (paper.name, wanted)


@pytest.mark.parametrize(
    ("retailer", "flow", "amounts"),
    [
        ("northstar", "handset-on-credit", {"£27.88", "£27.76"}),
        ("orbit", "upgrade", {"£27.88", "£27.76"}),
        ("orbit", "upgrade-on-credit", {"£27.88", "£27.76"}),
        ("orbit", "upgrade-on-inspection", {"£27.88", "£27.76"}),
        ("pocket", "sim-only", {"£18.00", "£19.80", "£21.60"}),
    ],
)
def test_the_guarantee_lists_what_is_collected(retailer: str, flow: str, amounts: set[str]) -> None:
    """The instalments of a loan, or the months of a tariff with their rises."""
    (paper,) = (
        one.document
        for one in papers_of(retailer, flow)
        if (one.document.name, one.document.model.language) == ("direct_debit_guarantee", "en")
    )
    (table,) = (one for one in paper.model.blocks if isinstance(one, DocumentTable))
    assert {cells[2] for cells in table.rows} == amounts


@pytest.mark.parametrize(("retailer", "flow"), FLOWS)
def test_each_names_the_right_people(retailer: str, flow: str) -> None:
    """The retailer and this lender, not another; the agreement names the customer."""
    for paper in papers_of(retailer, flow):
        text = "\n".join(paper.document.model.texts())
        named = NAMED.get((retailer, paper.provider or ""), ())
        if paper.document.name in ("pre_contract_credit_information", "credit_agreement"):
            assert all(name in text for name in named), paper.name
        if paper.document.name == "credit_agreement":
            assert "Wilhelmina O'Featherstone" in text
            assert "£718.00" in text or "718,00\u00a0£" in text
            assert (
                ("30 November 2026" in text)
                or ("30. November 2026" in text)
                or not (paper.standing)
            )
        others = {name for _, names in NAMED.items() for name in names} - set(named)
        if paper.provider is not None:
            assert not [name for name in others if name in text], paper.name


@pytest.mark.parametrize(("retailer", "flow"), FLOWS)
def test_each_language_is_written_in_itself(retailer: str, flow: str) -> None:
    """No own text of one language stands in a document of the other."""
    for paper in papers_of(retailer, flow):
        text = "\n".join(paper.document.model.texts())
        german = paper.document.model.language == "de"
        assert ("more than 7 days late" in text) <= (not german), paper.name
        assert ("Tage zu spät" in text) <= german, paper.name


@pytest.mark.parametrize(("retailer", "flow"), FLOWS)
def test_each_can_be_written_again_shown_and_printed(retailer: str, flow: str) -> None:
    """From what is kept of it; as a page, and as a file of a few pages."""
    for paper in papers_of(retailer, flow):
        one = paper.document
        assert rewritten(one.name, one.version, one.locale, one.params) == one
        assert page(one.model).count("<h1>") == 1
        made = pdf_of(one.model, one.digest, AT)
        assert made.startswith(b"%PDF")
        assert len(made) < 200_000
