"""Proofs that are remembered: the same plans without proving, and never a reason to fail."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.shell import told
from tests.flow.files import GOOD, steps, write
from unshackled.adapter_registry import find
from unshackled.app import build
from unshackled.errors import UnshackledError
from unshackled.flow.plan.proven import MOST_FILES, Digests, ProofFolder, program_of
from unshackled.flow.plan.registry import load_flows
from unshackled.settings import ServiceSettings

FLOWS = Path(__file__).parents[2] / "flows"
SHELF = find()


class Watched(ProofFolder):
    """Says what was known."""

    def known(self, texts: Mapping[str, str]) -> Digests | None:
        found = super().known(texts)
        SEEN.append(found)
        return found


SEEN: list[object] = []


def folder(path: Path, program: str = "this") -> Watched:
    """Proofs in a folder."""
    SEEN.clear()
    return Watched(folder=path / "proofs", program=program)


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One retailer's flow that is quick to prove."""
    path = tmp_path_factory.mktemp("flows")
    shutil.copytree(FLOWS / "base", path / "flows" / "base")
    shutil.copy(FLOWS / "pocket.yaml", path / "flows" / "pocket.yaml")
    return path / "flows"


def test_the_second_start_gets_the_same_book_without_proving(tmp_path: Path) -> None:
    """Every plan of every retailer: steps, needs, sources, policies, digest, resolved form."""
    proofs = folder(tmp_path)
    first, second = (load_flows(FLOWS, SHELF, proofs) for _ in range(2))
    assert first == second == load_flows(FLOWS, SHELF)
    assert [None, {"/".join(key): plan.digest for key, plan in first.every.items()}] == SEEN
    for key, plan in first.plans.items():
        assert plan.resolved == second.plans[key].resolved
        assert [str(step.when) for step in plan.steps.values() if step.when]


def test_conditions_that_were_checked_before_give_the_same(flows: Path, tmp_path: Path) -> None:
    """They are compiled again, only not proved: source, steps and value are the same."""
    proofs = folder(tmp_path)
    first, second = (load_flows(flows, SHELF, proofs) for _ in range(2))
    variables = {"package": {"tariff": {"price": 1}}, "quote": {}, "retailer": {}, "steps": {}}
    for plan, twin in zip(first.plans.values(), second.plans.values(), strict=True):
        for step in plan.steps.values():
            one, other = step.when, twin.steps[step.name].when
            if one is not None and other is not None:
                assert one.steps == other.steps
                assert one.evaluate(variables) == other.evaluate(variables)


def test_a_changed_file_is_proved(flows: Path, tmp_path: Path) -> None:
    """A mistake in it is found, whatever was proved before; so is one in a base."""
    proofs = folder(tmp_path)
    load_flows(flows, SHELF, proofs)
    for name in ("pocket.yaml", "base/common.yaml"):
        changed = tmp_path / name.replace("/", "-") / "flows"
        shutil.copytree(flows, changed)
        text = (changed / name).read_text().replace("collect: address", "collect: nothing")
        assert text != (changed / name).read_text() or name == "pocket.yaml"
        (changed / name).write_text(text + "\nnonsense: 1\n")
        with pytest.raises(UnshackledError):
            load_flows(changed, SHELF, proofs)
    assert SEEN[1:] == [None, None]


def test_what_is_wrong_is_never_remembered(tmp_path: Path) -> None:
    """Only a whole folder without a mistake is."""
    proofs = folder(tmp_path)
    wrong = write(tmp_path, {"acme.yaml": steps("{}") + "\nnonsense: 1\n", "base/good.yaml": GOOD})
    for _ in range(2):
        with pytest.raises(UnshackledError):
            load_flows(wrong, SHELF, proofs)
    assert SEEN == [None, None]


def test_another_program_proves_for_itself(flows: Path, tmp_path: Path) -> None:
    """A changed file of ours or of an adapter, another library: nothing is taken over."""
    load_flows(flows, SHELF, folder(tmp_path))
    load_flows(flows, SHELF, folder(tmp_path, "another"))
    assert SEEN == [None]


def test_a_program_is_known_by_its_files(tmp_path: Path) -> None:
    """A new file, a file that is written again, a file that is gone."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_text("a = 1")
    (tmp_path / "__pycache__").mkdir()
    seen = [program_of([tmp_path])]
    (tmp_path / "__pycache__" / "a.pyc").write_text("compiled")
    assert program_of([tmp_path]) == seen[0]
    (tmp_path / "inner" / "b.py").write_text("b = 1")
    seen.append(program_of([tmp_path]))
    (tmp_path / "inner" / "a.py").write_text("a = 22")
    seen.append(program_of([tmp_path]))
    (tmp_path / "inner" / "a.py").unlink()
    seen.append(program_of([tmp_path]))
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"{}",
        b'{"digests": [], "seal": ""}',
        b'{"digests": {"pocket/sim-only": "sha256:0"}, "seal": "0"}',
        b'{"digests": {"pocket/sim-only": 1}, "seal": "0"}',
    ],
    ids=range(8),
)
def test_a_broken_file_is_as_good_as_none(flows: Path, tmp_path: Path, broken: bytes) -> None:
    """It is proved again, and the file is made anew."""
    proofs = folder(tmp_path)
    first = load_flows(flows, SHELF, proofs)
    (file,) = proofs.folder.iterdir()
    file.write_bytes(broken)
    assert load_flows(flows, SHELF, proofs) == first
    assert load_flows(flows, SHELF, proofs) == first
    assert [one is None for one in SEEN] == [True, True, False]


def test_a_digest_that_was_changed_by_hand_is_not_believed(flows: Path, tmp_path: Path) -> None:
    """A checkout would be pinned to a flow that nobody proved."""
    proofs = folder(tmp_path)
    load_flows(flows, SHELF, proofs)
    (file,) = proofs.folder.iterdir()
    content = json.loads(file.read_text())
    content["digests"] = dict.fromkeys(content["digests"], "sha256:" + "0" * 64)
    file.write_text(json.dumps(content))
    load_flows(flows, SHELF, proofs)
    assert SEEN[1] is None


def test_a_folder_that_cannot_be_written_costs_only_the_time(flows: Path, tmp_path: Path) -> None:
    """A file where the folder should be, say, or a disk that is read only."""
    (tmp_path / "proofs").write_text("in the way")
    assert load_flows(flows, SHELF, folder(tmp_path)).plans


def test_old_states_are_forgotten(tmp_path: Path) -> None:
    """So many are kept, whoever wrote them."""
    proofs = folder(tmp_path)
    for number in range(MOST_FILES + 5):
        proofs.keep({"a.yaml": str(number)}, {"a/b": "sha256:1"})
    assert len(list(proofs.folder.iterdir())) == MOST_FILES
    assert proofs.known({"a.yaml": str(MOST_FILES + 4)}) == {"a/b": "sha256:1"}


def test_where_proofs_are_remembered(tmp_path: Path) -> None:
    """By the setting, else by the XDG directories; nowhere where none of them is a place."""
    environ = {"XDG_CACHE_HOME": str(tmp_path), "HOME": "/root-of-all"}
    assert ServiceSettings().proof_folder(environ) == tmp_path / "unshackled"
    home = ServiceSettings().proof_folder({"HOME": "/root-of-all", "XDG_CACHE_HOME": "relative"})
    assert home == Path("/root-of-all/.cache/unshackled")
    assert ServiceSettings().proof_folder({}) is None
    assert ServiceSettings(proofs=Path("off")).proof_folder(environ) is None
    assert ServiceSettings(proofs=tmp_path / "here").proof_folder(environ) == tmp_path / "here"


def test_flows_check_proves_everything(
    flows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says does not depend on what was proved before: proofs are not even looked for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert told(capsys, "flows", "check", flows).code == 0
    assert list(tmp_path.iterdir()) == []


def test_the_service_remembers_what_it_proved(flows: Path, tmp_path: Path) -> None:
    """In the folder of the setting, once for these flows and this program."""
    settings = ServiceSettings(demo=True, flows=flows, store="memory:", proofs=tmp_path / "proofs")
    first, second = (build(settings) for _ in range(2))
    for built in (first, second):
        built.components.telemetry.shutdown()
    assert first.components.book == second.components.book
    assert len(list((tmp_path / "proofs").iterdir())) == 1
