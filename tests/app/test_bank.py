"""Pay.UK's tables are read at the start, from the files that the settings name."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs  # noqa: TID251 - the lines are asserted

from tests.flow.plans import plan_of
from unshackled.app import build
from unshackled.app.bank_weights import read_weights, tell_of_weights
from unshackled.flow.plan.registry import FlowRegistry
from unshackled.settings import ServiceSettings
from unshackled.testing.samples import NOW

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
        ("200000 209999 MOD12 0\n", "", "WEIGHTS: .*weights.txt: line 1: expected two sort codes"),
        (f"{WEIGHTS}rubbish\n", "", "WEIGHTS: .*weights.txt: line 2: "),
        (f"{WEIGHTS}\u00a3\n", "", "WEIGHTS: .*weights.txt: line 2: "),
        ("", "", "WEIGHTS: .*weights.txt: line 1: there is no row in it"),
        (WEIGHTS, "938173\n", "SUBSTITUTES: .*substitutes.txt: line 1: expected two sort codes"),
    ],
)
def test_a_table_that_cannot_be_read_stops_the_start(
    tmp_path: Path, weights: str, substitutes: str, told: str
) -> None:
    """Setting, file and line are named: no account is taken unchecked by mistake."""
    with pytest.raises(ValueError, match=f"UNSHACKLED_BANK_{told}"):
        build(settings(tmp_path, weights, substitutes))


def test_a_table_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    """A wrong path is told, too."""
    wrong = settings(tmp_path, WEIGHTS).model_copy(update={"bank_weights": tmp_path / "none.txt"})
    with pytest.raises(ValueError, match="UNSHACKLED_BANK_WEIGHTS"):
        build(wrong)


def collecting(name: str) -> FlowRegistry:
    """A book with one flow that collects this."""
    plan = plan_of({"data": {"collect": name}, "confirm": {"confirm": "package"}})
    return FlowRegistry(plans={(plan.retailer, plan.name): plan})


async def test_the_age_of_the_weights_is_measured(tmp_path: Path) -> None:
    """An old table refuses new accounts: somebody should notice."""
    given = settings(tmp_path, WEIGHTS)
    month_ago = datetime.now(UTC) - timedelta(days=30)
    os.utime(tmp_path / "weights.txt", (month_ago.timestamp(),) * 2)
    service = build(given)
    assert service.components.bank is not None
    text, _ = service.components.telemetry.metrics_text()
    name = "unshackled_bank_weights_age_seconds"
    (line,) = [one for one in text.decode().splitlines() if one.startswith(name)]
    assert float(line.rpartition(" ")[2]) == pytest.approx(30 * 86_400, abs=600)


def test_that_no_weights_are_there_is_said_once_where_accounts_are_collected(
    tmp_path: Path,
) -> None:
    """With the setting that would help; a shop that collects none hears nothing."""
    with capture_logs() as told:
        tell_of_weights(None, collecting("contact"), NOW)
    assert told == []
    with capture_logs() as told:
        tell_of_weights(None, collecting("bank_account"), NOW)
    (line,) = told
    assert (line["event"], line["log_level"]) == ("bank_accounts.form_only", "warning")
    assert line["setting"] == "UNSHACKLED_BANK_WEIGHTS"
    weights = read_weights(settings(tmp_path, WEIGHTS))
    with capture_logs() as told:
        tell_of_weights(weights, collecting("bank_account"), datetime.now(UTC))
    assert (told[0]["event"], told[0]["rows"], told[0]["days_old"]) == (
        "bank_accounts.checked",
        1,
        0,
    )
