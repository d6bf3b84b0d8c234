"""What customers told the version before is read back, and said again it changes nothing."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from unshackled.domain.customer import MODELS
from unshackled.ports.outcome import Passed
from unshackled.steps import Definition, KindContext, StepContext
from unshackled.steps.collect import KIND
from unshackled.store import snapshot

HERE = Path(__file__).parent
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def definitions() -> dict[tuple[str, str], Definition]:
    """Each collect step of each stored flow, by the flow's digest and its name."""
    return {
        (flow["digest"], name): KIND.define(step["collect"], step, KindContext())
        for flow in json.loads((HERE / "flows.json").read_text())
        for name, step in flow["resolved"]["steps"].items()
        if "collect" in step
    }


def told() -> list[tuple[Definition, Any, Any]]:
    """Each thing that was told, with its step and what was kept of it then, each once."""
    known = definitions()
    found = {}
    for line in gzip.decompress((HERE / "snapshots.jsonl.gz").read_bytes()).splitlines():
        row = json.loads(line)
        checkout = snapshot.parse(json.dumps(row["public"]), json.dumps(row["personal"]))
        for name, data in checkout.private.inputs.items():
            definition = known.get((checkout.digest, name))
            if definition is not None:
                key = json.dumps([checkout.digest, name, data], sort_keys=True)
                found[key] = (definition, data, checkout.output(name))
    return list(found.values())


TOLD = told()


def test_something_was_told() -> None:
    """Every model that the demo's flows collect is among the golden data."""
    models = {definition.detail for definition, _, _ in TOLD}
    assert models == {step.detail for step in definitions().values()} <= set(MODELS)


@pytest.mark.parametrize(("definition", "data", "output"), TOLD)
def test_it_is_read_back_and_said_again_it_is_the_same(
    definition: Definition, data: Any, output: Any
) -> None:
    """By its types alone it is what it was; sent again today it says no more and no less."""
    before = definition.submit(data, StepContext(now=AT, stored=True))
    assert isinstance(before, Passed)
    assert definition.submit(data, StepContext(now=AT)) == before
    if output is not None:
        assert definition.submit(output, StepContext(now=AT, stored=True)) == before
