"""Modulus checking of UK sort codes and account numbers (Pay.UK, "Validating account numbers").

The engine only: weights and substitutions change several times a year and are loaded at run
time. A sort code that no row covers cannot be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Final, Literal

from unshackled.domain.records import Record
from unshackled.domain.validation import is_account_number, is_sort_code

Method = Literal["MOD10", "MOD11", "DBLAL"]
Verdict = Literal["valid", "invalid", "not_checkable"]

# The published letters of the 14 digits: u to z are the sort code, a to h the account number.
_A, _B, _C, _G, _H = 6, 7, 8, 12, 13
_METHODS: Final[Mapping[str, Method]] = {"MOD10": "MOD10", "MOD11": "MOD11", "DBLAL": "DBLAL"}
_EXCEPTION_2: Final = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
_EXCEPTION_2_G9: Final = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)
_WIDTH: Final = 14
_EXCEPTIONS: Final = range(1, 15)
_FIGURE: Final = re.compile(r"[0-9]{1,3}")
_EITHER: Final = frozenset({(2, 9), (10, 11), (12, 13)})


class Weight(Record):
    """One row: sort codes from `first` to `last`, a method, 14 weights, an exception or None."""

    first: str
    last: str
    method: Method
    weights: tuple[int, ...]
    exception: int | None = None


class Table(Record):
    """The weights in force and the sort codes substituted under exception 5."""

    weights: tuple[Weight, ...]
    substitutes: Mapping[str, str] = field(default_factory=dict)


def parse(weights: Iterable[str], substitutes: Iterable[str] = ()) -> Table:
    """Read the published text files; raises `ValueError` naming the line."""
    return Table(weights=parse_weights(weights), substitutes=parse_substitutes(substitutes))


def parse_weights(lines: Iterable[str]) -> tuple[Weight, ...]:
    """The rows of the file of weights; raises `ValueError` naming the line, or for none at all."""
    rows = tuple(_row(n, line) for n, line in enumerate(lines, start=1) if line.strip())
    if not rows:
        raise ValueError("line 1: there is no row in it")
    return rows


def parse_substitutes(lines: Iterable[str]) -> Mapping[str, str]:
    """The file of substituted sort codes; raises `ValueError` naming the line."""
    return dict(_pair(n, line) for n, line in enumerate(lines, start=1) if line.strip())


def _pair(number: int, line: str) -> tuple[str, str]:
    parts = line.split()
    if len(parts) != 2 or not all(map(is_sort_code, parts)):
        raise ValueError(f"line {number}: expected two sort codes of 6 digits")
    return parts[0], parts[1]


def _row(number: int, line: str) -> Weight:
    first, last, method, *figures = (*line.split(), *("",) * 3)[: max(3, len(line.split()))]
    if method not in _METHODS or len(figures) not in (_WIDTH, _WIDTH + 1):
        raise ValueError(
            f"line {number}: expected two sort codes, MOD10, MOD11 or DBLAL, {_WIDTH} weights and "
            "perhaps an exception"
        )
    if not (is_sort_code(first) and is_sort_code(last) and first <= last):
        raise ValueError(f"line {number}: expected two sort codes of 6 digits, the lower one first")
    if not all(_FIGURE.fullmatch(figure) for figure in figures):
        raise ValueError(f"line {number}: weights and exceptions are whole numbers below 1000")
    weights, exceptions = figures[:_WIDTH], [int(one) for one in figures[_WIDTH:]]
    if any(one not in _EXCEPTIONS for one in exceptions):
        raise ValueError(f"line {number}: exceptions are 1 to 14")
    return Weight(
        first=first,
        last=last,
        method=_METHODS[method],
        weights=tuple(map(int, weights)),
        exception=exceptions[0] if exceptions else None,
    )


def verify(sort_code: str, account: str, table: Table) -> Verdict:
    """Check 6 and 8 digits; `not_checkable` is to be taken as valid. Raises `ValueError`."""
    if not (is_sort_code(sort_code) and is_account_number(account)):
        raise ValueError("sort_code, account: 6 and 8 digits are needed")
    rows = [row for row in table.weights if row.first <= sort_code <= row.last]
    if not rows or _foreign_currency(rows[0], account):
        return "not_checkable"
    first = _passes(rows[0], sort_code, account, table)
    if len(rows) == 1:
        return "valid" if first else "invalid"
    either = (rows[0].exception, rows[1].exception) in _EITHER
    if first == either:
        return "valid" if first else "invalid"
    return "valid" if _passes(rows[1], sort_code, account, table) else "invalid"


def _foreign_currency(row: Weight, account: str) -> bool:
    """Exception 6: such accounts cannot be checked."""
    return row.exception == 6 and account[0] in "45678" and account[6] == account[7]


def _passes(row: Weight, sort_code: str, account: str, table: Table) -> bool:
    digits = _digits(row, sort_code, account, table)
    if row.exception == 3 and digits[_C] in (6, 9):
        return True
    total = _total(row.method, digits, _weights(row, digits))
    if row.exception == 1:
        total += 27
    remainder = total % (11 if row.method == "MOD11" else 10)
    if row.exception == 4:
        return remainder == digits[_G] * 10 + digits[_H]
    if row.exception == 5:
        return _check_digit(row.method, remainder, digits)
    if row.exception == 14 and remainder:
        return _shifted(row, digits)
    return remainder == 0


def _digits(row: Weight, sort_code: str, account: str, table: Table) -> tuple[int, ...]:
    if row.exception == 5:
        sort_code = table.substitutes.get(sort_code, sort_code)
    elif row.exception in (8, 9):
        sort_code = "090126" if row.exception == 8 else "309634"
    return tuple(int(digit) for digit in sort_code + account)


def _weights(row: Weight, digits: tuple[int, ...]) -> tuple[int, ...]:
    a, b, g = digits[_A], digits[_B], digits[_G]
    if row.exception == 2 and a:
        return _EXCEPTION_2_G9 if g == 9 else _EXCEPTION_2
    ends_in_9 = (row.exception == 7 and g == 9) or (
        row.exception == 10 and g == 9 and b == 9 and a in (0, 9)
    )
    return (0,) * 8 + row.weights[8:] if ends_in_9 else row.weights


def _total(method: Method, digits: tuple[int, ...], weights: tuple[int, ...]) -> int:
    products = [digit * weight for digit, weight in zip(digits, weights, strict=True)]
    if method == "DBLAL":
        return sum(sum(divmod(product, 10)) for product in products)
    return sum(products)


def _check_digit(method: Method, remainder: int, digits: tuple[int, ...]) -> bool:
    """Exception 5: digit g checks by modulus 11, digit h by double alternate."""
    if method == "MOD11":
        return remainder != 1 and digits[_G] == (11 - remainder) % 11
    return digits[_H] == (10 - remainder) % 10


def _shifted(row: Weight, digits: tuple[int, ...]) -> bool:
    """Exception 14: an eighth digit of 0, 1 or 9 is dropped and a 0 put in front."""
    if digits[_H] not in (0, 1, 9):
        return False
    again = (*digits[:_A], 0, *digits[_A:_H])
    return _total(row.method, again, row.weights) % 11 == 0
