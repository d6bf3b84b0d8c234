"""`show: contract_summary`: a document that the page reports as shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from unshackled.domain.documents import TEMPLATES, DocumentShown, Template
from unshackled.messages import Document, say, shown_as
from unshackled.ports.outcome import Outcome, Passed
from unshackled.steps import (
    BaseDefinition,
    Definition,
    FieldError,
    InvalidInput,
    Json,
    KindContext,
    Options,
    StepContext,
    one_of,
)

# The same object every time, so that what is made of it is made once.
SHOWN: Final[Json] = {
    "type": "object",
    "properties": {"shown": {"type": "string", "description": "the document's digest"}},
    "required": ["shown"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(BaseDefinition):
    """A step that is done when the page says that it showed this very document."""

    def schema(self) -> Json:
        """The digest of the document that was shown."""
        return SHOWN

    def submit(self, body: Mapping[str, Json], view: StepContext) -> Outcome[Any]:
        """Evidence of display; another digest means another document was shown."""
        paper = self.paper(view)
        if paper is None or self.template is None:
            raise InvalidInput(())
        shown = body.get("shown")
        found = paper if shown == paper.digest else None
        if found is None and view.stored:
            found = shown_as(shown, paper, self.template, view.request, view.locale)
        if found is None or set(body) != {"shown"}:
            wrong = FieldError(
                path="shown",
                code="other_document",
                message=say(view.locale, "other_document"),
                allowed=(paper.digest,),
            )
            raise InvalidInput([wrong])
        return Passed(output=_evidence(found))


def _evidence(paper: Document) -> DocumentShown:
    """Of a first version as it was written then: without what came later."""
    language = paper.model.language if paper.version > 1 or "lines" not in paper.params else None
    return DocumentShown(
        document=paper.name, digest=paper.digest, version=paper.version, language=language
    )


class ShowKind:
    """The kind `show`."""

    key = "show"

    def value_schema(self) -> Json:
        """A document's name."""
        return {"enum": sorted(TEMPLATES)}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step for the named document."""
        template: Template = one_of(value, TEMPLATES, "document")
        return Show(
            kind=self.key,
            detail=value,
            entry="customer",
            action="show",
            request=template.request,
            output=DocumentShown,
            template=template,
        )


KIND = ShowKind()
