"""`review: fraud`: a person decides, from a queue and until a deadline."""

from __future__ import annotations

from typing import Any

from unshackled.steps import BaseDefinition, Definition, Json, KindContext, Options, WrongValue


class ReviewKind:
    """The kind `review`; its value is the name of the queue."""

    key = "review"

    def value_schema(self) -> Json:
        """A queue's name."""
        return {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step that waits in a queue for an operator."""
        if not isinstance(value, str) or not value.replace("-", "_").isidentifier():
            raise WrongValue(f"{value!r} is no queue name: allowed are a-z, 0-9, _ and -")
        return BaseDefinition(kind=self.key, detail=value, entry="review")


KIND = ReviewKind()
