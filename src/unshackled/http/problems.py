"""Every error the API answers with, as RFC 9457 problem details of a known type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from unshackled.http.problem_types import PROBLEMS
from unshackled.steps import FieldError

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """An error answer; `errors` are wrong fields, `more` further members of the document."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Iterable[Mapping[str, Any]] = (),
        allowed: Iterable[str] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = PROBLEMS[code]
        self.errors = tuple(errors)
        self.allowed = None if allowed is None else tuple(allowed)
        self.headers = dict(headers or {})
        self.more = more

    def document(self, instance: str) -> dict[str, Any]:
        """The problem details; `instance` is the path of the request."""
        found: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": str(self),
            "instance": instance,
        }
        if self.errors:
            found["errors"] = self.errors
        if self.allowed is not None:
            found["allowed"] = self.allowed
        return {**found, **self.more}


def field_error(error: FieldError, allowed: Iterable[str] = ()) -> dict[str, Any]:
    """One wrong field as JSON; `allowed` only where there is something to say."""
    found: dict[str, Any] = {"path": error.path, "code": error.code, "message": error.message}
    named = tuple(allowed) or error.allowed
    return {**found, "allowed": named} if named else found


def not_found() -> Problem:
    """The one answer for what is missing and for what belongs to another account."""
    return Problem("not_found", "There is nothing at this address, or it is not yours.")
