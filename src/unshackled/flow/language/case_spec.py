"""What a flow says that is a case: of which kind it is, who opens it, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from unshackled.domain.case import CaseKind
from unshackled.domain.case_terms import CaseBound, CaseStart, CaseTerms
from unshackled.flow.language.durations import duration
from unshackled.flow.language.field_types import Model

OpenedBy = Literal["retailer", "customer", "operator", "flow"]
CASE_KINDS: Final[tuple[CaseKind, ...]] = get_args(CaseKind)


def _days(value: object) -> timedelta:
    length = duration(value)
    if length % timedelta(days=1):
        raise ValueError(f"{value!r} is no number of whole days: write 14d")
    return length


Days = Annotated[
    timedelta,
    BeforeValidator(_days),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9][0-9]{0,3}d$", "examples": ["14d"]}),
]


def _each_once(names: list[OpenedBy]) -> list[OpenedBy]:
    if not names or len(set(names)) < len(names):
        raise ValueError("must name at least one, each once")
    return names


class OpensSpec(Model):
    """Who opens a case of a sale, and until when."""

    by: Annotated[list[OpenedBy], AfterValidator(_each_once)] = Field(
        default=["retailer", "operator"],
        description="Who may open it; `flow` opens it by itself when the sale completes.",
        json_schema_extra={"minItems": 1, "uniqueItems": True},
    )
    within: Days | None = Field(
        default=None,
        description="How many days it may be opened, counted on the market's calendar from the day"
        " after that of `from`; without it, always.",
    )
    starts: CaseStart = Field(
        default="completed", alias="from", description="The moment of the sale that starts it."
    )
    up_to: CaseBound = Field(
        default="received",
        description="How much it may give back: of all that came in, a lender's part too, or of the"
        " customer's payment alone.",
    )
    when: str | None = Field(
        default=None,
        description="The sales that it is for: a CEL condition over `package`, `retailer` and"
        " `sale`; without it, every one.",
    )

    def terms(self, kind: CaseKind) -> CaseTerms:
        """The same as the rule of opening takes it."""
        return CaseTerms(
            kind=kind,
            by=tuple(self.by),
            within=self.within,
            from_=self.starts,
            up_to=self.up_to,
        )
