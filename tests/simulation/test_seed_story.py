"""`unshackled simulate --seed N` tells of the very run that `--seeds` plays."""

from typer.testing import CliRunner

from unshackled.cli.root import app
from unshackled.proving.simulation.seeds import tally

# One whose sales have cases afterwards.
SEED = 18


def test_the_story_of_a_seed_has_its_cases_and_is_the_run_that_is_counted() -> None:
    """The same totals to the last event, and a line for each case that was opened."""
    counted = tally([SEED])
    told = CliRunner().invoke(app, ["simulate", "--seed", str(SEED)])
    lines = told.output.splitlines()
    assert told.exit_code == 0
    assert counted.cases.total() > 0
    assert lines[-1] == f"seed {SEED}: 0 violations; {counted}"
    opened = sum(line.count("case.opened(") for line in lines)
    assert opened == counted.cases.total()
