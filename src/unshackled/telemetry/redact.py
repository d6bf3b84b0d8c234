"""What may be written down: personal data and secrets never leave in a log line or a span.

Three nets: the `Personal` mark of a field, the names of keys, and patterns in free text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from unshackled.domain.customer import MODELS
from unshackled.domain.personal import fields_of, is_personal
from unshackled.domain.records import is_record
from unshackled.errors import UnshackledError

REDACTED: Final = "[redacted]"
# Deeper than this is data, not a log field.
DEEPEST: Final = 6

SECRET_KEYS: Final = frozenset(
    {
        *("authorization", "cookie", "credential", "credentials", "key", "passwd", "password"),
        *("private_key", "proxy_authorization", "secret", "session", "set_cookie", "signature"),
        *("signing_key", "token", "api_key", "apikey", "x_api_key", "session_id", "secret_hash"),
    }
)
SECRET_ENDINGS: Final = ("_secret", "_token", "_password", "_api_key", "_signature")
# What every `collect` model marks, so that a new field is covered without a line here, and what
# backends call the same things.
PERSONAL_KEYS: Final[set[str]] = {
    *("address", "birth_date", "card_number", "client_ip", "customer_ref", "cvc", "cvv", "dob"),
    *("email_address", "first_name", "full_name", "iban", "ip", "last_name", "mobile", "msisdn"),
    *("pan", "phone_number", "post_code", "street", "surname", "zip"),
}
_MODELS: Final[tuple[Any, ...]] = tuple(MODELS.values())
for _model in _MODELS:
    PERSONAL_KEYS.update(name for name, kind in fields_of(_model).items() if is_personal(kind))

# What has more to match behind it is bounded, so that hostile text cannot make matching slow.
PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?i)\b(?:bearer|basic|digest)\s{1,4}[\w.~+/=-]{6,}",
        r"\b(?:(?:sk|pk|rk|whsec)_[\w-]{4,}|(?:ct|ho|op)_\w{16,})",
        r"\beyJ[\w-]{4,4096}\.[\w-]{2,4096}(?:\.[\w-]{0,4096})?",
        r"[\w.%+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
        r"(?<![\w.])\+\d(?:[ -]?\d){6,14}(?!\w)",
        r"(?<![0-9A-Za-z])\d(?:[ -]?\d){11,18}(?![0-9A-Za-z])",
        r"(?<=://)[^/\s:@]{0,256}:[^/\s@]{0,256}(?=@)",
    )
)
_KEYS: Final = ("sk_", "pk_", "rk_", "ct_", "ho_", "op_", "whsec_")
_DIGITS: Final = re.compile(r"\d(?:[ -]?\d){6}")
_SCHEME: Final = re.compile(r"(?i)(?:bearer|basic|digest)\s")


@lru_cache(maxsize=4096)
def is_hidden(key: str) -> bool:
    """Whether the value of a key is a secret or personal by the key's name."""
    name = key.lower().replace("-", "_").rpartition(".")[2]
    return name in SECRET_KEYS or name in PERSONAL_KEYS or name.endswith(SECRET_ENDINGS)


def is_credential(text: str) -> bool:
    """Whether a text is one of our own credentials, or of those that look like them."""
    return text.startswith(_KEYS)


def redact_text(text: str) -> str:
    """The text without credentials, card-like numbers, phone numbers and e-mail addresses."""
    if not _may_hide(text):
        return text
    for pattern in PATTERNS:
        text = pattern.sub(REDACTED, text)
    return text


def _may_hide(text: str) -> bool:
    """Whether a pattern can match at all: by cheap looks, for most log values end here."""
    return (
        "@" in text
        or "eyJ" in text
        or _DIGITS.search(text) is not None
        or ("_" in text and any(map(text.__contains__, _KEYS)))
        or (len(text.split(None, 1)) > 1 and _SCHEME.search(text) is not None)
    )


def redact(value: object, depth: int = 0) -> Any:
    """The value as JSON data, with nothing in it that must not be written down.

    What is not plain data is replaced by the name of its type: a `repr` could hold anything.
    """
    kind: Any = type(value)
    if kind is str:
        return redact_text(str(value))
    if kind in _AS_IT_IS:
        return value
    if depth < DEEPEST:
        for shape, clean in _CLEANERS:
            if isinstance(value, shape):
                return clean(value, depth + 1)
        if is_record(kind):
            return _public_fields(value, kind, depth + 1)
    return f"<{kind.__qualname__}>"


def _mapping(value: Mapping[object, object], depth: int) -> Any:
    return {str(k): REDACTED if is_hidden(str(k)) else redact(v, depth) for k, v in value.items()}


def _items(value: Iterable[object], depth: int) -> Any:
    return [redact(item, depth) for item in value]


def _number(value: int, depth: int) -> Any:
    """Card numbers have 12 to 19 digits; no count, duration or amount of ours is as large."""
    return value if abs(value) < 10**11 else REDACTED


def _text(value: object, depth: int) -> Any:
    return redact_text(str(value))


_AS_IT_IS: Final = frozenset({type(None), bool, float, datetime, date, time})
_CLEANERS: Final[tuple[tuple[type | tuple[type, ...], Callable[[Any, int], Any]], ...]] = (
    (Enum, lambda value, depth: redact(value.value, depth)),
    (int, _number),
    (Mapping, _mapping),
    ((list, tuple, set, frozenset), _items),
    (timedelta, lambda value, _: value.total_seconds()),
    ((str, Decimal, UnshackledError), _text),
)


def _public_fields(value: object, shape: Any, depth: int) -> Any:
    try:
        annotations = fields_of(shape)
    except (NameError, TypeError):
        return f"<{shape.__qualname__}>"
    return {
        name: redact(getattr(value, name), depth)
        for name, annotation in annotations.items()
        if not is_personal(annotation) and not is_hidden(name)
    }
