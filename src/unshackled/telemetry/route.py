"""What may be said about the path of a request: its template, never what a customer put into it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from unshackled.telemetry.redact import REDACTED, is_credential, redact_text

Scope = MutableMapping[str, Any]
LONGEST_PATH: Final = 120


def template_of(scope: Scope) -> str | None:
    """The route template, e.g. `/v1/checkouts/{checkout}/steps/{step}`; None for no route.

    A route knows only its own router's part; the prefixes before it are taken from the path.
    """
    own: str | None = getattr(scope.get("route"), "path", None)
    if own is None:
        return None
    missing = str(scope["path"]).count("/") - own.count("/")
    if missing <= 0:
        return own
    parameters = {str(v): k for k, v in (scope.get("path_params") or {}).items()}
    prefix = str(scope["path"]).split("/")[1 : missing + 1]
    named = [f"{{{parameters[part]}}}" if part in parameters else part for part in prefix]
    return "/" + "/".join(named) + own


def spoken_path(scope: Scope, template: str | None) -> str:
    """The path for a trace: ids as they are, every other parameter by its name, no query.

    What stands where an id belongs and looks like a credential is left out.
    """
    if template is None:
        return redact_text(str(scope["path"]))[:LONGEST_PATH]
    parameters: Mapping[str, object] = scope.get("path_params") or {}
    path = template
    for name, value in parameters.items():
        if name in PUBLIC_PARAMETERS:
            path = path.replace(f"{{{name}}}", _told(str(value)))
    return path


def _told(value: str) -> str:
    return REDACTED if is_credential(value) else value


# Path parameters that are neither personal nor a credential.
PUBLIC_PARAMETERS: Final = frozenset(
    {"checkout", "checkout_id", "flow", "id", "provider", "retailer", "step"}
)
