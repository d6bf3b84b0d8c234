"""What a retailer's file says in documents, as documents take it."""

from __future__ import annotations

from typing import Final

from unshackled.domain.documents import OwnPapers, OwnText, Party, RetailerPapers
from unshackled.domain.records import replace
from unshackled.flow.language.document_settings import DocumentsSpec
from unshackled.flow.language.spec import Retailer

_PARTY: Final = ("name", "address", "phone", "email", "web", "register_number", "supervisor")
_STATEMENTS: Final = ("late_costs", "speeds", "accessibility")


def retailer_papers(retailer: Retailer | None) -> RetailerPapers:
    """Of a retailer and of each provider that says anything; nothing without a file."""
    if retailer is None:
        return RetailerPapers()
    mine = _papers(retailer.documents)
    named = replace(mine.party, name=mine.party.name or retailer.name)
    return RetailerPapers(
        retailer=replace(mine, party=named),
        providers={
            name: _papers(spec.documents)
            for name, spec in retailer.providers.items()
            if spec.documents is not None
        },
    )


def _papers(spec: DocumentsSpec) -> OwnPapers:
    return OwnPapers(
        party=Party(**{name: getattr(spec, name) or "" for name in _PARTY}),
        statements=tuple(
            (name, language, said)
            for name in _STATEMENTS
            for language, said in getattr(spec, name).items()
        ),
        texts={
            document: tuple(
                OwnText(heading=one.heading, text=one.text, language=one.language or "")
                for one in texts
            )
            for document, texts in spec.texts.items()
        },
    )
