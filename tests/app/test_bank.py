"""Pay.UK's tables are read at the start, from the files that the settings name."""

from pathlib import Path

import pytest

from unshackled.app import build
from unshackled.settings import ServiceSettings

WEIGHTS = "200000 209999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n"


def settings(tmp_path: Path, weights: str, substitutes: str = "") -> ServiceSettings:
    """A process that is told where the tables are."""
    (tmp_path / "weights.txt").write_text(weights)
    (tmp_path / "substitutes.txt").write_text(substitutes)
    return ServiceSettings(
        store="memory:",
        flows=Path("flows"),
        demo=True,
        bank_weights=tmp_path / "weights.txt",
        bank_substitutes=tmp_path / "substitutes.txt",
    )


@pytest.mark.parametrize(
    ("weights", "substitutes", "told"),
    [
        ("200000 209999 MOD12 0\n", "", "line 1: expected two sort codes, MOD10"),
        (f"{WEIGHTS}rubbish\n", "", "line 2"),
        (WEIGHTS, "938173\n", "line 1: expected two sort codes"),
    ],
)
def test_a_table_that_cannot_be_read_stops_the_start(
    tmp_path: Path, weights: str, substitutes: str, told: str
) -> None:
    """The setting and the line are named: no account is taken unchecked by mistake."""
    with pytest.raises(ValueError, match=told) as caught:
        build(settings(tmp_path, weights, substitutes))
    assert "UNSHACKLED_BANK_WEIGHTS" in str(caught.value)


def test_a_table_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    """A wrong path is told, too."""
    wrong = settings(tmp_path, WEIGHTS).model_copy(update={"bank_weights": tmp_path / "none.txt"})
    with pytest.raises(ValueError, match="UNSHACKLED_BANK_WEIGHTS"):
        build(wrong)
