"""The modulus check engine over a made-up table in the published format."""

from __future__ import annotations

import pytest

from unshackled.domain.modulus import Table, Verdict, parse, verify

WEIGHTS = """
089000 089999 MOD10    0    0    0    0    0    0    7    1    3    7    1    3    7    1
107999 107999 MOD11    0    0    0    0    0    0    8    7    6    5    4    3    2    1
202959 202959 MOD11    0    0    0    0    0    0    0    7    6    5    4    3    2    1
202959 202959 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1
900001 900001 DBLAL    0    0    0    0    0    0    0    0    0    0    0    0    0    1   1
309070 309070 MOD11    0    0    0    0    0    0    0    0    0    0    0    0    0    1   2
309070 309070 MOD11    0    0    0    0    0    1    0    0    0    0    0    0    0    1   9
900003 900003 MOD10    0    0    0    0    0    0    0    0    0    0    0    0    0    1
900003 900003 DBLAL    0    0    0    0    0    0    0    1    0    0    0    0    0    0   3
900004 900004 MOD11    0    0    0    0    0    0    0    0    0    0    0    1    0    0   4
900005 900006 MOD11    0    0    0    0    0    1    0    0    0    0    0    1    0    0   5
900005 900006 DBLAL    0    0    0    0    0    0    0    0    0    0    1    0    0    0   5
900007 900007 MOD11    0    0    0    0    0    0    0    0    0    0    0    0    0    1   6
900008 900008 MOD11    1    0    0    0    0    0    0    0    0    0    0    0    0    1   7
900009 900009 MOD10    0    0    0    0    0    1    0    0    0    0    0    0    0    1   8
900010 900010 MOD11    1    0    0    0    0    0    0    0    0    0    0    0    0    1  10
900010 900010 MOD10    0    0    0    0    0    0    0    0    0    0    0    1    0    0  11
900012 900012 MOD11    0    0    0    0    0    0    0    0    0    0    0    0    0    1  12
900012 900012 MOD10    0    0    0    0    0    0    0    0    0    0    0    1    0    0  13
900014 900014 MOD11    0    0    0    0    0    0    0    0    0    0    0    0    1    0  14
"""
TABLE = parse(WEIGHTS.splitlines(), ["900006 900000"])

CASES: list[tuple[str, str, str, Verdict]] = [
    ("modulus 10", "089999", "66374958", "valid"),
    ("modulus 10", "089999", "66374959", "invalid"),
    ("modulus 11", "107999", "88837491", "valid"),
    ("modulus 11", "107999", "88837493", "invalid"),
    ("modulus 11 and double alternate", "202959", "63748472", "valid"),
    ("both rows must pass", "202959", "63748473", "invalid"),
    ("no row covers it", "999999", "12345678", "not_checkable"),
    ("exception 1 adds 27", "900001", "00000003", "valid"),
    ("exception 1 adds 27", "900001", "00000000", "invalid"),
    ("exception 2, g is not 9", "309070", "12345677", "valid"),
    ("exception 2, g is 9", "309070", "99345694", "valid"),
    ("exception 9 substitutes 309634", "309070", "12345667", "valid"),
    ("exceptions 2 and 9 both fail", "309070", "12345666", "invalid"),
    ("exception 3, c is 6", "900003", "01600000", "valid"),
    ("exception 3, c is 5", "900003", "01500000", "invalid"),
    ("exception 4, remainder is gh", "900004", "00000707", "valid"),
    ("exception 4, remainder is not gh", "900004", "00000708", "invalid"),
    ("exception 5, g and h are check digits", "900006", "00003477", "valid"),
    ("exception 5, g is wrong", "900006", "00003467", "invalid"),
    ("exception 5, h is wrong", "900006", "00003476", "invalid"),
    ("exception 5, remainder 1", "900006", "00003107", "invalid"),
    ("exception 5 without a substitute", "900005", "00003427", "valid"),
    ("exception 5, both remainders 0", "900006", "00000000", "valid"),
    ("exception 6, foreign currency", "900007", "41000066", "not_checkable"),
    ("exception 6, sterling", "900007", "41000067", "invalid"),
    ("exception 7, g is 9", "900008", "00000090", "valid"),
    ("exception 7, g is not 9", "900008", "00000080", "invalid"),
    ("exception 8 substitutes 090126", "900009", "00000004", "valid"),
    ("exception 8 substitutes 090126", "900009", "00000001", "invalid"),
    ("exception 10, ab is 09 and g is 9", "900010", "09000190", "valid"),
    ("exception 10, ab is 99 and g is 9", "900010", "99000190", "valid"),
    ("exception 10, ab is neither", "900010", "19000190", "invalid"),
    ("exception 11 passes alone", "900010", "00000001", "valid"),
    ("exception 12 passes alone", "900012", "00000100", "valid"),
    ("exception 13 passes alone", "900012", "00000001", "valid"),
    ("exceptions 12 and 13 fail", "900012", "00000101", "invalid"),
    ("exception 14 passes unshifted", "900014", "00000401", "valid"),
    ("exception 14 passes shifted", "900014", "00000040", "valid"),
    ("exception 14, h is not 0, 1 or 9", "900014", "00000045", "invalid"),
    ("exception 14 fails shifted", "900014", "00000340", "invalid"),
]


@pytest.mark.parametrize(("rule", "sort_code", "account", "expected"), CASES)
def test_each_rule_of_the_specification_decides(
    rule: str, sort_code: str, account: str, expected: Verdict
) -> None:
    """The published examples and every exception end as the specification says."""
    assert expected == verify(sort_code, account, TABLE), rule


@pytest.mark.parametrize(
    ("sort_code", "account"), [("08999", "66374958"), ("089999", "6637495"), ("08999x", "66374958")]
)
def test_what_is_no_sort_code_and_account_is_refused(sort_code: str, account: str) -> None:
    """The shape is checked before the digits, and the error names no digit."""
    with pytest.raises(ValueError, match="6 and 8 digits") as caught:
        verify(sort_code, account, TABLE)
    assert account not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "089000 089999 MOD12" + " 0" * 14,
        "089000 089999 MOD10 1 2",
        "089000 089999 MOD10" + " 0" * 13 + " x",
        "089000 089999 MOD10" + " 0" * 13 + " 1000",
        "089000 089999 MOD10" + " 0" * 13 + " -1",
        "089000 089999 MOD10" + " 0" * 14 + " 15",
        "089000 089999 MOD10" + " 0" * 14 + " 1 2",
        "089999 089000 MOD10" + " 0" * 14,
        "08999 089999 MOD10" + " 0" * 14,
        "089000",
        "<html>",
    ],
)
def test_a_broken_table_names_its_line(line: str) -> None:
    """A weight table that is not the published format is refused at load."""
    with pytest.raises(ValueError, match="line 2"):
        parse(["", line])


@pytest.mark.parametrize("line", ["938173", "938173 93801", "938173 938017 938018", "a b"])
def test_broken_substitutes_name_their_line(line: str) -> None:
    """So is a file of substituted sort codes."""
    with pytest.raises(ValueError, match="line 2: expected two sort codes of 6 digits"):
        parse(WEIGHTS.splitlines(), ["938173 938017", line])


def test_a_file_without_a_row_is_broken() -> None:
    """An empty file is no table that checks nothing."""
    with pytest.raises(ValueError, match="line 1"):
        parse(["", "  "])


def test_an_empty_table_checks_nothing() -> None:
    """Without weights every account is taken as it is."""
    assert verify("089999", "66374959", Table(weights=())) == "not_checkable"
