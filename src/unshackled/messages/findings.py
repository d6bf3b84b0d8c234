"""What pydantic calls a finding, by the code of our sentence for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SAME: Final[Mapping[str, str]] = {
    "missing_keyword_only_argument": "missing",
    "missing_argument": "missing",
    "extra_forbidden": "unknown_field",
    "unexpected_keyword_argument": "unknown_field",
    "literal_error": "wrong_option",
    "enum": "wrong_option",
    "string_type": "not_text",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "int_type": "not_a_number",
    "int_parsing": "not_a_number",
    "int_parsing_size": "not_a_number",
    "int_from_float": "not_a_number",
    "bool_type": "not_a_yes_or_no",
    "bool_parsing": "not_a_yes_or_no",
    "date_type": "not_a_date",
    "date_parsing": "not_a_date",
    "date_from_datetime_parsing": "not_a_date",
    "date_from_datetime_inexact": "not_a_date",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
}
