"""`consent: marketing`: the customer says yes or no to something, and the flow may ask which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from unshackled.domain.facts import Fact
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
    WrongValue,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Fact):
    """What the customer said."""

    agreed: bool


class ConsentOptions(Options):
    """The keys that only `consent` knows."""

    indispensable: bool = Field(default=False, description="Only a yes is taken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(BaseDefinition):
    """A step that waits for a yes or a no, or for a yes alone."""

    indispensable: bool = False

    def schema(self) -> Json:
        """One boolean."""
        return {
            "type": "object",
            "properties": {"agreed": {"type": "boolean"}},
            "required": ["agreed"],
            "additionalProperties": False,
        }

    def submit(self, body: Mapping[str, Json], view: StepContext) -> Outcome[Any]:
        """The answer; anything but a boolean is refused."""
        if set(body) != {"agreed"} or not isinstance(body["agreed"], bool):
            error = FieldError(path="agreed", code="wrong_value", message="must be true or false")
            raise InvalidInput([error])
        if self.indispensable and not body["agreed"]:
            error = FieldError(path="agreed", code="must_agree", message="must be true")
            raise InvalidInput([error])
        return Passed(output=Consent(agreed=body["agreed"]))


class ConsentKind:
    """The kind `consent`."""

    key = "consent"
    options = ConsentOptions

    def value_schema(self) -> Json:
        """What is asked about."""
        return {"type": "string"}

    def define(self, value: Any, options: ConsentOptions, library: KindContext) -> Definition:
        """A step that asks about `value`."""
        if not isinstance(value, str):
            raise WrongValue("consent: what is asked about, e.g. marketing")
        return Asked(
            kind=self.key,
            detail=value,
            entry="customer",
            action="submit",
            output=Consent,
            indispensable=options.indispensable,
        )


KIND = ConsentKind()
