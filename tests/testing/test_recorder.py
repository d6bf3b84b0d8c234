"""Recordings are made anew from the stand-in, and what cannot be recorded is said."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unshackled.adapter_registry import find
from unshackled.authoring.recorder import renew
from unshackled.authoring.scaffold import write
from unshackled.cli.root import run
from unshackled.testing import recordings

SHELF = "recorded_shelf"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A new adapter for payments, with its first recordings."""
    yield write("acme_pay", ["payment"], shelf=tmp_path / SHELF).folder
    for module in [one for one in sys.modules if one.partition(".")[0] == SHELF]:
        del sys.modules[module]


async def made(folder: Path) -> dict[str, str]:
    """What became of each recording."""
    shelf = find([folder.parent])
    return {one.path.name: str(one) async for one in renew(shelf, folder.name)}


async def test_what_is_as_it_was_is_not_written_again(folder: Path) -> None:
    """Another day makes no new recording."""
    before = {path: path.read_bytes() for path in recordings.recording_files(folder)}
    assert set((await made(folder)).values()) == {
        "authorise.json: same",
        "capture.json: same",
        "charge.json: same",
        "charge_amount.json: same",
        "payout.json: same",
        "refund_amount.json: same",
    }
    assert {path: path.read_bytes() for path in recordings.recording_files(folder)} == before


async def test_an_operation_without_a_recording_gets_one(folder: Path) -> None:
    """As after a new operation of the adapter."""
    shutil.rmtree(folder / "contract")
    assert set((await made(folder)).values()) == {
        "authorise.json: new",
        "capture.json: new",
        "charge.json: new",
        "charge_amount.json: new",
        "payout.json: new",
        "refund_amount.json: new",
    }


async def test_what_changed_on_the_wire_is_renewed(folder: Path) -> None:
    """Here the recording is of an older way to ask."""
    path = folder / "contract" / "charge.json"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b'"method": "POST"', b'"method": "PUT"'))
    assert (await made(folder))["charge.json"] == "charge.json: renewed"
    assert path.read_bytes() == kept


async def test_a_recording_of_a_bad_day_is_left_alone(folder: Path) -> None:
    """The stand-in has to be told to decline, so it answers otherwise here."""
    bad = folder / "contract" / "charge-declined.json"
    good = (folder / "contract" / "charge.json").read_text()
    text = good.replace('"kind": "Passed"', '"kind": "Declined"')
    bad.write_text(text)
    said = (await made(folder))["charge-declined.json"]
    assert said == "charge-declined.json: left, the stand-in answers Passed here, not Declined"
    assert bad.read_text() == text


async def test_what_is_never_the_same_twice_is_said(tmp_path: Path) -> None:
    """A TM Forum reservation is sent with the time until which it is wanted."""
    bundled = find().folder("tmf")
    assert bundled is not None
    copy = shutil.copytree(bundled, tmp_path / "copied_shelf" / "tmf_copy")
    told = await made(copy)
    assert (
        told["reserve.json"] == "reserve.json: left, what stock.reserve sends is not the same twice"
    )
    assert not (copy / "contract" / "reserve.json").exists()


def test_the_command_tells_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each recording, by the name of its file."""
    (folder / "contract" / "charge.json").unlink()
    assert run(["adapters", "record", "acme_pay", "--folder", str(folder.parent)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "authorise.json: same",
        "capture.json: same",
        "charge_amount.json: same",
        "payout.json: same",
        "refund_amount.json: same",
        "charge.json: new",
    ]


def test_a_new_adapter_is_found_where_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a word about its shelf."""
    monkeypatch.chdir(tmp_path)
    assert run(["adapters", "new", "acme_here", "--capability", "address"]) == 0
    assert run(["adapters", "record", "acme_here"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "verify.json: same"


def test_an_unknown_adapter_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that are known."""
    assert run(["adapters", "record", "nobody"]) != 0
    assert "adapter nobody: unknown; known are" in capsys.readouterr().err
