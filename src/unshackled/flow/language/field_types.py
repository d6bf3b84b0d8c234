"""What the parts of a file are made of: the base of their models, and texts that have a form."""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, Any, Final, get_type_hints
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from unshackled.domain.time_zones import time_zone
from unshackled.domain.url_text import is_plain, origin_of
from unshackled.messages import LANGUAGES, language_of

# Stands for the id of a quote in the address of a page.
QUOTE: Final = "{quote}"
# At the end of a return URL: whatever is below it.
BELOW: Final = "/*"
NAME: Final = r"^[a-z][a-z0-9-]{0,39}$"


class Model(BaseModel):
    """A part of a file: unknown keys are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def model_of(shape: type, name: str) -> type[Model]:
    """The model by which the fields of a dataclass are read from a file."""
    hints = get_type_hints(shape, include_extras=True)
    declared: Any = {
        one.name: (hints[one.name], _default(one)) for one in dataclasses.fields(shape)
    }
    return create_model(name, __base__=Model, __doc__=shape.__doc__, **declared)


def _default(one: dataclasses.Field[Any]) -> object:
    """The default of a field as pydantic has it: `...` where it must be given."""
    if one.default_factory is not dataclasses.MISSING:
        return one.default_factory()
    return ... if one.default is dataclasses.MISSING else one.default


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.username is not None or "\\" in value:
        raise ValueError(
            f"{value!r} has a user name or a backslash, which readers take differently"
        )
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.scheme not in (("https", "http") if local else ("https",)):
        raise ValueError(f"{value!r} is no https:// address (http:// only on this machine)")
    return value


def _plain_page(value: str) -> str:
    """What we add to it is its query or its fragment, and it stands in a header: visible ASCII."""
    if "#" in value or not all("!" <= one <= "~" for one in value):
        raise ValueError(f"{value!r} has a fragment, or characters that must be %-encoded")
    return _web_address(value)


def _return_page(value: str) -> str:
    """With `/*` at its end it stands for every page below."""
    folder = value.removesuffix(BELOW)
    page, _, query = folder.partition("?")
    if "*" in page or (folder != value and (query or urlsplit(page).path in ("", "/"))):
        raise ValueError(f"{value!r}: a * may only end a path, e.g. https://shop.example/done/*")
    _plain_page(folder)
    return value


def _quote_page(value: str) -> str:
    """`{quote}` stands for the id of a quote: once, behind the host."""
    host = value.partition("//")[2].partition("/")[0]
    if value.count(QUOTE) != 1 or QUOTE in host or not all("!" <= one <= "~" for one in value):
        example = f"https://shop.example/basket?quote={QUOTE}"
        raise ValueError(f"{value!r} is no page of a quote: write it with {QUOTE}, e.g. {example}")
    _web_address(value.replace(QUOTE, "quo_1"))
    return value


def _origin(value: str) -> str:
    if urlsplit(_web_address(value)).path or value.endswith("/"):
        raise ValueError(f"{value!r} has a path: an origin is scheme, host and port")
    if origin_of(value) != value or not is_plain(value) or set(value) & set(";,'*"):
        raise ValueError(
            f"{value!r} is no origin: write scheme, host and port as browsers do, in lower case"
            " and without the port that goes without saying"
        )
    return value


def _shaped(pattern: str, words: str) -> AfterValidator:
    """A text must have a pattern; `words` say what it is where it has not."""

    def check(value: str) -> str:
        if re.search(pattern, value) is None:
            raise ValueError(f"{value!r} is {words}")
        return value

    return AfterValidator(check)


def _pattern(pattern: str) -> Any:
    return Field(json_schema_extra={"pattern": pattern})


def _language(value: str) -> str:
    if language_of(value) != value[:2]:
        known = ", ".join(LANGUAGES)
        raise ValueError(f"{value!r}: no sentences are there in {value[:2]!r}: allowed are {known}")
    return value


_LOCALE: Final = r"^[a-z]{2}-[A-Z]{2}$"
_MARKET: Final = r"^[A-Z]{2}$"
_CURRENCY: Final = r"^[A-Z]{3}$"
_TEMPLATE: Final = r"^[a-z][a-z0-9_]{0,63}$"
Name = Annotated[
    str,
    _shaped(NAME, "no name: write a-z, 0-9 and -, a letter first, at most 40, e.g. northstar"),
    _pattern(NAME),
]
Locale = Annotated[
    str,
    _shaped(_LOCALE, "no locale: write language and country, e.g. en-GB"),
    AfterValidator(_language),
    _pattern(_LOCALE),
]
Currency = Annotated[
    str,
    _shaped(_CURRENCY, "no currency: write three capital letters (ISO 4217), e.g. GBP"),
    _pattern(_CURRENCY),
]
Market = Annotated[
    str,
    _shaped(_MARKET, "no market: write a country's two capital letters (ISO 3166-1), e.g. GB"),
    _pattern(_MARKET),
]
Template = Annotated[
    str,
    _shaped(
        _TEMPLATE, "no template: write a-z, 0-9 and _, a letter first, e.g. order_confirmation"
    ),
    _pattern(_TEMPLATE),
]


def _time_zone(value: str) -> str:
    time_zone(value)
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]
Origin = Annotated[str, AfterValidator(_origin)]
PlainPage = Annotated[str, AfterValidator(_plain_page)]
ReturnPage = Annotated[str, AfterValidator(_return_page)]
QuotePage = Annotated[str, AfterValidator(_quote_page)]
