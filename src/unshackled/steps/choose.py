"""`choose: delivery.slots`: a query brings options, the customer picks one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from unshackled.domain import bounds
from unshackled.domain.codec import decode, encode
from unshackled.domain.personal import fields_of
from unshackled.messages import say
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
    UnknownName,
    one_of,
)

# The same object every time, so that what is made of it is made once.
OPTION: Final[Json] = {
    "type": "object",
    "properties": {
        "option": {
            "type": "string",
            "maxLength": bounds.TEXT,
            "description": "the id of an option",
        }
    },
    "required": ["option"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(BaseDefinition):
    """A step whose query answers `options`; the customer sends `{"option": <id>}`."""

    option: type

    def schema(self) -> Json:
        """One option's id."""
        return OPTION

    def arrive(self, output: Any, view: StepContext) -> Json:
        """The options as JSON, to be stored and offered."""
        return [encode(option) for option in output.options]

    def submit(self, body: Mapping[str, Json], view: StepContext) -> Outcome[Any]:
        """The option picked; raises `InvalidInput` naming the options there are."""
        options = {option["id"]: option for option in view.offer or ()}
        picked = body.get("option")
        known = isinstance(picked, str) and picked in options
        if set(body) != {"option"} or not known:
            wrong = FieldError(
                path="option",
                code="unknown_option",
                message=say(view.locale, "unknown_option"),
                allowed=tuple(sorted(options)),
            )
            raise InvalidInput([wrong])
        return Passed(output=decode(self.option, options[picked]))


class ChooseKind:
    """The kind `choose`."""

    key = "choose"

    def value_schema(self) -> Json:
        """The key of a query that answers options."""
        return {"type": "string"}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step for a query whose output has `options`."""
        operation = one_of(value, library.operations, "operation")
        offered = fields_of(operation.output).get("options")
        if operation.effect or offered is None:
            able = sorted(
                key
                for key, op in library.operations.items()
                if not op.effect and "options" in fields_of(op.output)
            )
            raise UnknownName(f"{value} offers no options: allowed are {', '.join(able)}")
        option: type = get_args(offered)[0]
        return Choose(
            kind=self.key,
            detail=value,
            entry="query_then_customer",
            action="choose",
            operation=operation,
            request=operation.request,
            output=option,
            option=option,
        )


KIND = ChooseKind()
