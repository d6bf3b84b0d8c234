"""Rows as CSV (RFC 4180) that a spreadsheet opens without carrying anything out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any, Final

# What spreadsheets take for a formula, or strip before they look for one.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(shape: type, rows: Iterable[Any]) -> str:
    """A header and a line for each row, CRLF at the end of each; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(shape)])
    writer.writerows(_cells(astuple(row)) for row in rows)
    return text.getvalue()


def _cells(values: Sequence[Any]) -> list[Any]:
    return [_harmless(value) if isinstance(value, str) else value for value in values]


def _harmless(text: str) -> str:
    """A text that could be a formula gets an apostrophe in front, which spreadsheets hide."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
