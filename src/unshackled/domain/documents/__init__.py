"""Documents a customer must be shown, made of what was agreed.

A document is a pure function of facts. A `Template` says which facts it needs and what it takes of
them: parameters here, in no language; the words of each version and language are files of
`unshackled.messages`, where `written` puts both together. Templates are never changed, only
followed by new versions: evidence of years ago is still written to the letter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from unshackled.domain.documents.document_facts import (
    AgreementFacts,
    CreditFacts,
    DirectDebitFacts,
    DocumentShown,
    TariffFacts,
    UpgradeTermsFacts,
)
from unshackled.domain.documents.document_params import (
    Params,
    agreement_params,
    credit_params,
    guarantee_params,
    summary_params,
)
from unshackled.domain.documents.document_parties import (
    NO_PAPERS,
    Circumstances,
    NamesLender,
    OwnPapers,
    OwnText,
    Party,
    RetailerPapers,
)
from unshackled.domain.documents.first_versions import (
    NOTICE_DAYS,
    WITHDRAWAL_DAYS,
    DocumentLine,
    agreement,
    contract_summary,
    credit_information,
)
from unshackled.domain.documents.upgrade_params import upgrade_params
from unshackled.domain.records import Record


class Template(Record):
    """A kind of document: the facts it needs, and what is written of them.

    `version` is the newest. Version 1 of some are `lines` by the codes of their words; every other
    one fills words of its own with `params`.
    """

    name: str
    request: type
    version: int = 1
    lines: Callable[[Any], Sequence[DocumentLine]] | None = None
    params: Callable[[Any, Circumstances], Params] | None = None


TEMPLATES: Final[Mapping[str, Template]] = {
    template.name: template
    for template in (
        Template(
            name="pre_contract_credit_information",
            request=CreditFacts,
            version=2,
            lines=lambda facts: credit_information(facts.terms, facts.quote),
            params=credit_params,
        ),
        Template(
            name="contract_summary",
            request=TariffFacts,
            version=2,
            lines=lambda facts: contract_summary(facts.tariff, facts.quote),
            params=summary_params,
        ),
        Template(name="adequate_explanation", request=CreditFacts, params=credit_params),
        Template(name="upgrade_terms", request=UpgradeTermsFacts, params=upgrade_params),
        Template(name="direct_debit_guarantee", request=DirectDebitFacts, params=guarantee_params),
    )
}
# Signed, and shown as a draft before: no step shows it by name.
CREDIT_AGREEMENT: Final = Template(
    name="credit_agreement", request=AgreementFacts, params=agreement_params
)

__all__ = [
    "CREDIT_AGREEMENT",
    "NOTICE_DAYS",
    "NO_PAPERS",
    "TEMPLATES",
    "WITHDRAWAL_DAYS",
    "AgreementFacts",
    "Circumstances",
    "CreditFacts",
    "DirectDebitFacts",
    "DocumentLine",
    "DocumentShown",
    "NamesLender",
    "OwnPapers",
    "OwnText",
    "Params",
    "Party",
    "RetailerPapers",
    "TariffFacts",
    "Template",
    "UpgradeTermsFacts",
    "agreement",
]
