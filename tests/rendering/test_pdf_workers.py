"""Files are made beside the loop: few at a time, and whoever comes too late is told at once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from unshackled.domain.documents.document_model import DocumentModel, Paragraph
from unshackled.rendering.pdf_workers import PdfBusy, PdfWorkers

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def model_of(paragraphs: int) -> DocumentModel:
    """A document as long as that."""
    blocks = tuple(Paragraph(text="word " * 300) for _ in range(paragraphs))
    return DocumentModel(name="poem", version=1, language="en", title="Poem", blocks=blocks)


async def test_the_loop_goes_on_while_a_file_is_made() -> None:
    """Something else is done a hundred times meanwhile."""
    workers = PdfWorkers()
    making = asyncio.create_task(workers.pdf(model_of(60), "sha256:0", AT))
    turns, longest, last = 0, 0.0, time.perf_counter()
    while not making.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        turns, longest, last = turns + 1, max(longest, now - last), now
    assert (await making).startswith(b"%PDF")
    assert turns > 20
    workers.close()


async def test_too_many_at_once_are_refused_and_the_place_is_given_back() -> None:
    """One is made, one waits, the third is refused; afterwards there is room again."""
    workers = PdfWorkers(at_once=1, waiting=1)
    first = asyncio.create_task(workers.pdf(model_of(20), "sha256:0", AT))
    second = asyncio.create_task(workers.pdf(model_of(1), "sha256:0", AT))
    await asyncio.sleep(0)
    with pytest.raises(PdfBusy):
        await workers.pdf(model_of(1), "sha256:0", AT)
    await asyncio.gather(first, second)
    await asyncio.sleep(0)
    assert (await workers.pdf(model_of(1), "sha256:0", AT)).startswith(b"%PDF")
    workers.close()


async def test_nobody_waits_for_ever() -> None:
    """A file that takes too long is given up; whoever asked hears of it."""
    workers = PdfWorkers(seconds=0.001)
    with pytest.raises(PdfBusy):
        await workers.pdf(model_of(60), "sha256:0", AT)
    workers.close()
