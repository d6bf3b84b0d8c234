"""`confirm: package`: the customer's yes, given by completing the checkout."""

from __future__ import annotations

from typing import Any

from unshackled.steps import BaseDefinition, Definition, Json, KindContext, Options, one_of


class ConfirmKind:
    """The kind `confirm`."""

    key = "confirm"

    def value_schema(self) -> Json:
        """Only the package can be confirmed."""
        return {"const": "package"}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step that `POST .../complete` satisfies."""
        one_of(value, {"package": None}, "subject of a confirmation")
        return BaseDefinition(kind=self.key, detail=value, entry="customer", action="confirm")


KIND = ConfirmKind()
