"""A flow file is read, or refused in a line, within two seconds, whatever is in it."""

from __future__ import annotations

import json
import shutil
import time
import tracemalloc
from pathlib import Path

import pytest

from unshackled.adapter_registry import find
from unshackled.flow.language.diagnostics import FlowMistakes
from unshackled.flow.plan.registry import load_flows

FLOWS = Path(__file__).parents[2] / "flows"
SHELF = find()
POCKET = (FLOWS / "pocket.yaml").read_text()
HEAD, SIM_ONLY = POCKET.split("flows:\n  sim-only:\n")
SHOWN = "summary:      {show: contract_summary, when: has(package.tariff)}"
WIDE = " && ".join(
    f"has(package.{part})" for part in ("tariff", "handset", "credit", "accessories", "trade_in")
)


def when(condition: str) -> str:
    """A file with this condition."""
    return POCKET.replace(
        SHOWN, f"summary: {{show: contract_summary, when: {json.dumps(condition)}}}"
    )


def steps(number: int, of: str = "{show: contract_summary, when: has(package.tariff)}") -> str:
    """A file with so many steps more, and no flows of cases."""
    more = "".join(f"      s{one}: {of}\n" for one in range(number))
    alone = SIM_ONLY.partition("  # What happens to a sale afterwards")[0]
    return f"{HEAD}flows:\n  sim-only:\n{alone}{more}"


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    """The mistakes of a folder with this file; it took less than two seconds and 100 MiB."""
    shutil.copytree(FLOWS / "base", folder / "flows" / "base")
    raw = text if isinstance(text, bytes) else text.encode()
    (folder / "flows" / "pocket.yaml").write_bytes(raw)
    tracemalloc.start()
    begun = time.process_time()
    try:
        load_flows(folder / "flows", SHELF)
        found = []
    except FlowMistakes as error:
        found = [str(one) for one in error.mistakes]
    took, (_, most) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 2 * SLOWED
    assert most < 30 * 2**20  # beside the code itself, which takes 60
    return found


SLOWED = 3  # how much tracing memory slows


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: " + "[" * 2_000 + "]" * 2_000, "nested deeper than 24"),
        ("a: " + "{b: " * 2_000 + "1" + "}" * 2_000, "nested deeper than 24"),
        ("a:\n" + "- " * 2_000 + "x", "nested deeper than 24"),
        ("\n".join(" " * depth + "a:" for depth in range(300)), "nested deeper than 24"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "anchors, aliases and tags"),
        ("a: " + "x" * 5_000_000, "more than 131072 characters"),
        ("#" * 300_000, "more than 131072 characters"),
        (b"a: " + b"\xff" * 50, "not UTF-8"),
        ("a: " + "x" * 5_000, "a text of more than 4000 characters"),
        ("a: \x00", "not YAML"),
        ("a: " + "9" * 3_000, "a number of more than 18 digits"),
        ("\n".join(f"k{number}: 1" for number in range(6_000)), "more than 5000 values"),
        (steps(120), "a flow has at most 100 steps"),
        (steps(83, f"{{show: contract_summary, when: {WIDE}}}"), "more than 8000 cases"),
        (when("(" * 3_000 + "true" + ")" * 3_000), "a text of more than 4000 characters"),
        (when("(" * 480 + "true" + ")" * 480), "brackets nested deeper than 24"),
        (when("[" * 480 + "]" * 480), "brackets nested deeper than 24"),
        (when("!" * 2_000 + "true"), "more than 1000 characters"),
        (when("[1,2,3,4,5,6,7,8,9].all(a," * 8 + "true" + ")" * 8), "Iteration budget exceeded"),
    ],
    ids=range(19),
)
def test_a_file_that_nobody_means_is_one_mistake(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    """It names file, line and bound."""
    (found,) = mistakes(tmp_path, text)
    assert "\n" not in found
    assert found.startswith("flows/pocket.yaml:")
    assert says in found


@pytest.mark.parametrize(
    "text",
    [POCKET, when("(" * 20 + "has(package.tariff)" + ")" * 20), steps(80)],
    ids=["as it is", "20 brackets", "80 steps"],
)
def test_what_somebody_may_mean_is_taken(tmp_path: Path, text: str) -> None:
    """The bounds are far from what a retailer writes."""
    assert mistakes(tmp_path, text) == []


def test_a_folder_in_place_of_a_file_is_a_mistake(tmp_path: Path) -> None:
    """As is whatever else cannot be read."""
    (tmp_path / "flows" / "a.yaml").mkdir(parents=True)
    with pytest.raises(FlowMistakes, match="cannot be read"):
        load_flows(tmp_path / "flows", SHELF)
