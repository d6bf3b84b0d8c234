"""PDF files made beside the loop: few at a time, few in line, and none waited for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import Final

from unshackled.domain.documents.document_model import DocumentModel
from unshackled.errors import UnshackledError
from unshackled.rendering.document_pdf import pdf_of

AT_ONCE: Final = 1
WAITING: Final = 16
SECONDS: Final = 10.0


class PdfBusy(UnshackledError):
    """More files are wanted than can be made soon: try again."""


class PdfWorkers:
    """Makes files in threads of its own, so that neither the loop nor the store waits for one.

    At most `at_once` are made and `waiting` wait; a caller waits `seconds`. The thread of a file
    that takes longer goes on to its end and takes up its place until then.
    """

    def __init__(
        self, *, at_once: int = AT_ONCE, waiting: int = WAITING, seconds: float = SECONDS
    ) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._seconds = seconds
        self._open = 0

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._at_once, thread_name_prefix="pdf")

    async def pdf(self, model: DocumentModel, digest: str, at: datetime) -> bytes:
        """The file of a document; raises `PdfBusy`, or `NoPdf`."""
        if self._open >= self._most:
            raise PdfBusy(f"{self._open} files are being made or wait")
        self._open += 1
        making = self._threads.submit(pdf_of, model, digest, at)
        making.add_done_callback(self._done(asyncio.get_running_loop()))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(making), self._seconds)
        except TimeoutError:
            making.cancel()
            raise PdfBusy(f"a file took more than {self._seconds:g} s") from None

    def _done(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        """Gives the place of a file back, in the loop's own thread."""

        def give_back() -> None:
            self._open -= 1

        def done(_: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody counts any more
                loop.call_soon_threadsafe(give_back)

        return done

    def close(self) -> None:
        """Begin no more; what is being made is let go."""
        if "_threads" in vars(self):
            self._threads.shutdown(wait=False, cancel_futures=True)
