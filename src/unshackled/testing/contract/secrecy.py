"""Nothing personal and no secret comes out, whatever happens."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from structlog.testing import capture_logs  # noqa: TID251  hears every logger, ours or not

from unshackled.errors import ProviderError
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.ports.operation import Operation
from unshackled.sdk import InDoubt, NotSent, Refused
from unshackled.sdk.standin import Mode
from unshackled.testing import recordings
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import personal_words

FAILURES: Final[tuple[Mode, ...]] = (
    *("unavailable", "refuse", "error", "malformed", "lost_answer"),
)
# What no recording may hold: tokens, keys, e-mail addresses that somebody may have.
TELLTALE: Final = {
    "a bearer token": re.compile(r"\b[Bb]earer [\w.~+/-]{8,}"),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{4,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a live key": re.compile(r"\b(?:sk|rk|pk)_live_\w+|\blive_[A-Za-z0-9]{20,}"),
    "a card number": re.compile(r"(?<![\w.-])(?:4\d{15}|5[1-5]\d{14}|6011\d{12})(?![\w.-])"),
    "a real e-mail address": re.compile(
        r"[\w.+-]+@(?!(?:[\w-]+\.)*(?:example|test|invalid|localhost)\b)"
        r"(?!(?:[\w-]+\.)*example\.(?:com|net|org)\b)[\w-]+\.[\w.-]*[a-z]{2,}"
    ),
}


class Secrecy(Suite):
    """Promises about who gets to read what."""

    async def test_errors_tell_no_secrets(self) -> None:
        """No error text, at any depth, has personal data or a secret setting."""
        for mode in FAILURES:
            for bench, operation in self.benches():
                hidden = personal_words() | secrets_of(bench.settings)
                request = await bench.prepare(operation)
                bench.stand_in.play(mode, operation.key)
                with pytest.raises((NotSent, Refused, InDoubt)) as caught:
                    await bench.send(operation, request, bench.call(operation))
                text = whole_text(caught.value)
                assert not [word for word in hidden if word in text], operation.key

    async def test_logs_and_spans_tell_nothing(self, capfd: pytest.CaptureFixture[str]) -> None:
        """Calls, declines, look-ups, undos, callbacks and failures leave no personal data behind.

        Neither in log lines, ours or a library's, nor in spans, nor in what is printed.
        """
        hidden = personal_words()
        with _listening() as heard:
            for operation in self.bench().operations:
                for mode in (None, "decline", *FAILURES):
                    bench, spans = self._traced()
                    hidden |= secrets_of(bench.settings)
                    await self._use(bench, operation, mode)
                    hidden |= {*_credentials(bench)}
                    heard.append("\n".join(map(_span_text, spans.get_finished_spans())))
        said = "\n".join([*heard, *capfd.readouterr()])
        assert not [word for word in hidden if word in said]

    def _traced(self) -> tuple[AdapterHarness, InMemorySpanExporter]:
        """A bench whose client is traced; the client is made round the bench's own stand-in."""
        spans, tracing = InMemorySpanExporter(), TracerProvider()
        tracing.add_span_processor(SimpleSpanProcessor(spans))
        wire = _Later()
        http = HttpClient("bench", BASE_URL, transport=in_process(wire), tracer_provider=tracing)
        bench = self.bench(http=http)
        wire.app = bench.tape.round(bench.stand_in.app())
        return bench, spans

    async def _use(self, bench: AdapterHarness, operation: Operation, mode: Mode | None) -> None:
        """A call and all that may follow it, however it ends."""
        request = await bench.prepare(operation)
        if mode is not None:
            bench.stand_in.play(mode, operation.key)
        try:
            await bench.run(operation, request=request)
            bench.stand_in.scenarios.clear()
            if operation.effect and self.declared().doubt[operation.key].lookup:
                await bench.look_up(operation, bench.history[operation.key].call)
            if operation.undo:
                await bench.undo(operation, bench.history[operation.key])
        except (ProviderError, AssertionError):
            return

    def test_recordings_hold_no_secret(self) -> None:
        """Neither a setting of the suite nor what looks like a key, a card or an e-mail address."""
        secret = secrets_of(self.bench().settings)
        for path in self._recordings():
            text = path.read_text()
            assert not [value for value in secret if value in text], path.name
            found = [what for what, pattern in TELLTALE.items() if pattern.search(text)]
            assert not found, path.name

    async def test_recordings_replay(self) -> None:
        """A recorded call sends the same again, and reads the same answer as then."""
        for path in self._recordings():
            recording = recordings.load(path)
            sent, outcome = await recordings.play(self.declared(), recording)
            assert sent == [exchange["sent"] for exchange in recording.exchanges], path.name
            assert outcome == recording.outcome, path.name

    def _recordings(self) -> Iterator[Any]:
        folder = self.shelf.folder(self.adapter)
        yield from recordings.recording_files(folder) if folder else ()


class _Later:
    """An ASGI application that is known only later."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Every line that any logger writes in the body, down to debugging."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.getMessage()} {record.exc_info} {record.__dict__}")

    root, ear = logging.getLogger(), Ear(logging.DEBUG)
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as lines:
            yield heard
        heard.extend(map(str, lines))
    finally:
        root.removeHandler(ear)
        root.setLevel(before)


def _span_text(span: ReadableSpan) -> str:
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    return f"{span.name} {dict(span.attributes or {})} {events} {span.status.description}"


def _credentials(bench: AdapterHarness) -> Iterator[str]:
    """What the requests proved themselves with, tokens included."""
    for exchange in bench.tape.exchanges:
        value = exchange.headers.get("authorization", "").rpartition(" ")[2]
        if len(value) >= 8:
            yield value


def secrets_of(settings: Any) -> set[str]:
    """The plain values of the secret settings; one that repeats a character hides nothing."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    plain = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
    return {value for value in plain if len(set(value)) > 1}


def whole_text(error: BaseException | None) -> str:
    """Every text of an error and of those it hangs on, as a log would show them."""
    texts = []
    while error is not None:
        texts.append(f"{error!s} {error!r}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)
