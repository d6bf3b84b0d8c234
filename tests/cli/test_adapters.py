"""`unshackled adapters`: a new one is whole at once, and what is said of all is true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.budget import budget
from tests.cli.shell import told
from unshackled.adapter_registry import find
from unshackled.authoring.scaffold import write
from unshackled.cli.matrix import page
from unshackled.ports import CAPABILITIES, all_operations

ROOT = Path(__file__).parents[2]
BROKEN = """
    def test_it_is_another(self) -> None:
        assert self.adapter == "another"
"""


# These promises try each exchange with hundreds of answers. What is written is the same for one
# capability as for many, so in `make test` they run where all are, and with one answer in so many.
STRANGERS = "not believes_only and not is_never_not_sent"
FEWER = f"""from unshackled.testing.adapter_contract import AdapterContract

AdapterContract.one_in = {budget(12, 1)}
"""


def suite_of(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run what was written, as its author would."""
    (folder / "conftest.py").write_text(FEWER)
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml")]
    command += ["--rootdir", str(folder), "-p", "no:cacheprovider", *options, str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.timeout(400)
def test_a_new_adapter_of_each_capability_passes_its_suite(tmp_path: Path) -> None:
    """As it is written: every promise, its recordings too."""
    for capability in CAPABILITIES:
        write(f"acme_{capability}", [capability], shelf=tmp_path / "acme_each")
    done = suite_of(tmp_path, *budget(("-k", STRANGERS), ()))
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"test_acme_{min(CAPABILITIES)}" not in done.stdout
    recorded = {path.stem for path in (tmp_path / "acme_each").rglob("contract/*.json")}
    called = (one for one in all_operations().values() if not (one.by_engine or one.is_undo))
    assert recorded == {one.name for one in called}


@pytest.mark.timeout(400)
def test_a_new_adapter_of_many_capabilities_is_clean(tmp_path: Path) -> None:
    """It passes and is laid out as the house does; `make check` looks at its types."""
    write("acme_all", sorted(CAPABILITIES), shelf=tmp_path / "acme_many")
    done = suite_of(tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    layout = ("ruff", "format", "--config", str(ROOT / "pyproject.toml"), "--check", str(tmp_path))
    command = [sys.executable, "-m", *layout]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_command_writes_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder on the shelf, the suite among the tests, and the suite finds the shelf."""
    shelf, tests = tmp_path / "src" / "acme_cli", tmp_path / "checks"
    said = told(
        capsys,
        *("adapters", "new", "acme_pay", "--capability", "payment"),
        *("--folder", shelf, "--tests", tests),
    )
    assert said.code == 0
    written = sorted(path.name for path in (shelf / "acme_pay").iterdir())
    assert [name for name in written if name != "__pycache__"] == [
        *("README.md", "__init__.py", "client.py", "contract"),
        *("fake.py", "mapping.py", "settings.py"),
    ]
    assert (tests / "test_acme_pay.py").is_file()
    assert suite_of(tests).returncode == 0


def test_without_a_folder_it_gets_a_shelf_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside its suite, here; in a checkout of ours it goes among the bundled ones."""
    monkeypatch.chdir(tmp_path)
    assert told(capsys, "adapters", "new", "acme_home", "--capability", "address").code == 0
    assert (tmp_path / "acme_home_shelf" / "acme_home" / "client.py").is_file()
    assert (tmp_path / "test_acme_home.py").is_file()
    (tmp_path / "adapters" / "unshackled_adapters").mkdir(parents=True)
    taken = told(capsys, "adapters", "new", "acme_home", "--capability", "address")
    # Another package has that name: nothing is written.
    assert (taken.code, "unshackled_adapters" in taken.err) == (2, True)
    assert not list((tmp_path / "adapters").rglob("*.py"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Acme", "--capability", "payment"), "Acme: is no name of a package"),
        (("acme", "--capability", "cooking"), "cooking: known are address"),
        (("psp", "--capability", "payment"), "psp: is there already"),
    ],
)
def test_what_cannot_be_written_is_told(
    arguments: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that Python cannot import, no such capability, a folder that is there."""
    shelf = tmp_path / "acme_taken"
    (shelf / "psp").mkdir(parents=True)
    said = told(capsys, "adapters", "new", *arguments, "--folder", shelf)
    assert said.code == 2
    assert says in said.err


def test_a_verdict_is_told_for_each_promise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept ones by their words, a broken one with why, and the exit code says it too."""
    made = write("acme_check", ["address"], shelf=tmp_path / "acme_checks")
    installed = tmp_path / ".venv" / "test_another.py"
    installed.parent.mkdir()
    installed.write_text('adapter = "another"')
    monkeypatch.chdir(tmp_path)
    good = told(capsys, "adapters", "check", "acme_check")
    assert good.code == 0
    assert "acme_check      kept    every operation passes" in good.out
    made.suite.write_text(made.suite.read_text() + BROKEN)
    bad = told(capsys, "adapters", "check")
    assert bad.code == 1
    assert "acme_check      BROKEN  it is another" in bad.out
    assert "another" in bad.out.splitlines()[-1]
    missing = told(capsys, "adapters", "check", "acme_pay")
    assert (missing.code, "acme_pay: no suite" in missing.err) == (2, True)


def test_a_suite_that_does_not_run_is_no_kept_promise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that Python cannot read, or one without a test."""
    for text in ('adapter = "acme"\nimport nothing_of_this_name', 'adapter = "acme"'):
        (tmp_path / "test_acme.py").write_text(text)
        assert told(capsys, "adapters", "check", "--tests", tmp_path).code == 1
    (tmp_path / "test_acme.py").unlink()
    assert told(capsys, "adapters", "check", "--tests", tmp_path).code == 2


def test_the_matrix_has_every_operation_of_every_adapter() -> None:
    """With how a doubt ends, where it may run, and whose licence it has."""
    text = page(find())
    for name in find().names:
        assert f"| `{name}` |" in text
        adapter = find().load(name)
        for key, operation in all_operations().items():
            row = f"| `{key}` | `{name}` |"
            assert (row in text) is (adapter.offers(key) and not operation.is_undo)
    assert "unshackled: Apache-2.0" in text


def test_an_old_matrix_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` fails where the file is missing or another, `--write` mends it."""
    path = tmp_path / "matrix.md"
    assert told(capsys, "adapters", "matrix", "--check", path).code == 1
    assert told(capsys, "adapters", "matrix", "--write", path).code == 0
    assert told(capsys, "adapters", "matrix", "--check", path).code == 0
    path.write_text("old")
    assert told(capsys, "adapters", "matrix", "--check", path).code == 1
    assert told(capsys, "adapters", "matrix").out == page(find())


def test_an_extract_is_written_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ready for a file; too large a one is said aside, and a wrong name ends it."""
    path = tmp_path / "api.json"
    wide = {"type": "object", "properties": {f"field_{n}": {"type": "string"} for n in range(9000)}}
    answer = {"200": {"content": {"application/json": {"schema": wide}}}}
    path.write_text(
        json.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": answer}}}})
    )
    said = told(capsys, "adapters", "extract", path, "--operation", "GET /a")
    assert said.code == 0
    assert json.loads(said.out)["paths"]["/a"]["get"]["responses"]["200"]
    assert "smaller --depth" in said.err
    assert told(capsys, "adapters", "extract", path, "--operation", "GET /b").code == 2
