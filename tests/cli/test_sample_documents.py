"""`unshackled documents` writes what a retailer's lawyers have to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from unshackled.cli.root import run

FLOWS = Path(__file__).parents[2] / "flows"


def test_every_document_of_a_retailer_is_written_as_page_and_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In each language; the output says how many and where."""
    assert run(["documents", "pocket", "--out", str(tmp_path), "--folder", str(FLOWS)]) == 0
    folder = tmp_path / "pocket" / "sim-only"
    for name in ("contract_summary.en", "contract_summary.de"):
        assert "Pocket Mobile Limited" in (folder / f"{name}.html").read_text("utf-8")
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    pages, files = sorted(folder.glob("*.html")), sorted(folder.glob("*.pdf"))
    assert [one.stem for one in pages] == [one.stem for one in files]
    assert f"pocket/sim-only: {len(pages)} documents" in capsys.readouterr().out


def test_an_unknown_flow_is_told_with_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake of whoever calls it: nothing is written."""
    assert run(["documents", "acme", "--out", str(tmp_path), "--folder", str(FLOWS)]) == 2
    assert "pocket/sim-only" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
