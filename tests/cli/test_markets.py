"""The law of each market, read from the command line."""

from __future__ import annotations

import pytest

from tests.cli.shell import told


def test_every_market_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """With its currency, its clock and its holidays."""
    found = told(capsys, "markets", "list")
    assert found.code == 0
    germany, kingdom = found.out.splitlines()
    assert germany.split() == ["DE", "Germany", "EUR", "Europe/Berlin", "DE"]
    assert kingdom.split()[-1] == "GB-ENG"


@pytest.mark.parametrize(
    ("day", "regulated", "until"),
    [("2026-07-14", "false", "2026-07-15"), ("2026-07-15", "true", "")],
)
def test_the_rules_of_a_day_are_shown_with_their_sources(
    capsys: pytest.CaptureFixture[str], day: str, regulated: str, until: str
) -> None:
    """Deferred payment is regulated from 15 July 2026."""
    found = told(capsys, "markets", "show", "GB", "--on", day)
    assert found.code == 0
    lines = found.out.splitlines()
    place = next(n for n, line in enumerate(lines) if "deferred_payment_regulated" in line)
    assert lines[place].split()[-1] == regulated
    assert "art 60F" in lines[place + 1] or "PS26/1" in lines[place + 1]
    assert f"On {day}" in lines[1]
    assert until in lines[1]
    assert "vat                               standard 20, reduced 5, zero 0" in found.out
    assert "days 30" in found.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("US",), "allowed are DE, GB"),
        (("GB", "--on", "15/07/2026"), "--on: '15/07/2026' is no day: write one as 2026-07-15"),
        (("DE", "--on", "2019-01-01"), "the market DE has no rules for 2019-01-01"),
    ],
)
def test_what_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """With what is allowed, and without a trace."""
    found = told(capsys, "markets", "show", *arguments)
    assert found.code == 2
    assert said in found.err


def test_today_is_the_day_where_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """On the market's calendar."""
    found = told(capsys, "markets", "show", "DE")
    assert found.code == 0
    assert "document_language                 de" in found.out
