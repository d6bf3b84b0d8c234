"""What a page does next and says: next actions and messages."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from unshackled.http.described import Described


class PartChoice(Described):
    """A part of the package that may be exchanged, and where to find what for."""

    part: Literal["handset", "tariff", "credit", "accessories", "trade_in"]
    href: str


class NextAction(Described):
    """Something to do: `due` now, or possible already (`conditional`: perhaps not needed)."""

    id: str = Field(description="What `actions` of a message name, e.g. submit:payment_method.")
    step: str | None = Field(description="Null for what is about the whole checkout.")
    type: Literal[
        "submit",
        "show",
        "choose",
        "confirm",
        "redirect",
        "retry",
        "renew",
        "change_package",
        "queue",
        "cancel",
    ]
    title: str | None = Field(
        default=None, description="What it is about, in the checkout's locale, e.g. your delivery."
    )
    due: bool
    conditional: bool
    resolves: list[str] = Field(description="The steps that it is a way out for.")
    href: str | None
    method: str | None = None
    schema_: Any = Field(default=None, alias="schema", description="JSON Schema of the body.")
    options: Any = None
    document: Any = None
    card_form: str | None = Field(
        default=None,
        description="Of a form with a `payment-token`: the payment provider's page with the fields"
        " of a card, for a frame; it tells the token to the page around it.",
    )
    changes: list[PartChoice] = Field(
        default=[], description="Of `change_package`: what may be exchanged."
    )
    patches: list[dict[str, Any]] = Field(
        default=[],
        description="Of `change_package`: bodies that leave a part out, or take affordable credit.",
    )


class Message(Described):
    """Something the customer should know."""

    type: Literal["error", "warning", "info"]
    code: str
    severity: Literal["recoverable", "fatal", "info"]
    path: str
    content: str = Field(description="The sentence for people, in the checkout's locale.")
    params: dict[str, Any] = Field(
        description="Of the sentence: `subject`, `who` is at work, `until` when at the latest."
    )
    actions: list[str] = Field(description="The ids of the next actions that lead on.")
