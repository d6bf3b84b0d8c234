"""What a vendor's own support asks for: its code for a failure, and its id of the request.

An adapter declares where its vendor writes them. Whatever a vendor writes is untrusted: only what
has the shape of a code or of an id is kept, never text that could quote a customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from unshackled.domain.records import Record
from unshackled.errors import CODE, AnswerSummary
from unshackled.outbound.answer import Answer
from unshackled.telemetry.redact import REDACTED, redact_text

# Read when no other place is declared, in this order.
HEADERS: Final = (
    *("X-Request-Id", "Request-Id", "X-Correlation-Id", "Correlation-Id", "X-Amzn-Requestid"),
    *("X-Trace-Id", "traceparent", "CF-Ray"),
)
CODES: Final = ("error.code", "error_code", "errorCode", "code", "errors.0.code", "error.type")
LARGEST: Final = 64 * 1024
SHORTEST_ID: Final = 8
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:=/+-]{7,127}")
# Telephone, account and card numbers have more digits than any vendor's code.
_LONG_NUMBER: Final = re.compile(r"(?:[0-9][.:-]?){7,}")
_DIGIT: Final = re.compile(r"[0-9]")
_LETTER: Final = re.compile(r"[A-Za-z]")
# SOAP's faults and the attribute that XML interfaces name their errors by.
_XML: Final = (
    re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?(?:Code|ErrorCode|errorCode)>\s*([^<>\s]{1,64})\s*<"),
    re.compile(rb"<error\s+code=[\"']([^\"'<>\s]{1,64})[\"']"),
    re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?faultcode>\s*([^<>\s]{1,64})\s*<"),
)


class Marks(Record):
    """Where a vendor's answers have its request id and its code.

    `headers` are tried in order, then `request_ids`; these and `codes` are dotted paths in a JSON
    body, e.g. `details.0.issue`. What is declared comes before the usual places.
    """

    headers: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def summary_of(self, answer: Answer | None, sends: int = 0) -> AnswerSummary:
        """What an answer says for operators; without one, only how many requests there were."""
        if answer is None:
            return AnswerSummary(sends=sends)
        body = _json(answer.body)
        ids = (*_headers(answer.headers, self.headers), *_values(body, self.request_ids))
        codes = (*_values(body, (*self.codes, *CODES)), *_in_xml(answer.body))
        return AnswerSummary(
            status=answer.status,
            code=_first(map(code_mark, codes)),
            request_id=_first(map(id_mark, (*ids, *_headers(answer.headers, HEADERS)))),
            sends=sends,
        )


def code_mark(value: object) -> str | None:
    """A vendor's code, at most 64 characters without spaces; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    clean = CODE.fullmatch(text) and not _LONG_NUMBER.search(text)
    return text if clean and redact_text(text) == text else None


def id_mark(value: object) -> str | None:
    """A vendor's id of a request: letters and digits, 8 to 128 characters; None otherwise."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        return None
    mixed = _DIGIT.search(value) and _LETTER.search(value)
    return value if mixed and REDACTED not in redact_text(value) else None


def _first(texts: Iterator[str | None]) -> str | None:
    return next((one for one in texts if one is not None), None)


def _headers(headers: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    return (headers[name].strip() for name in names if name in headers)


def _json(body: bytes) -> Any:
    if len(body) > LARGEST or body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _values(body: Any, paths: Sequence[str]) -> Iterator[Any]:
    return (_at(body, path) for path in paths)


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return body


def _in_xml(body: bytes) -> Iterator[str]:
    if len(body) > LARGEST or body.lstrip()[:1] != b"<":
        return
    for pattern in _XML:
        found = pattern.search(body)
        if found is not None:
            yield found[1].decode("ascii", "replace").rpartition(":")[2]
