"""Print what telemetry costs: CPU-microseconds for each span, log line, metric and request."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from unshackled.telemetry import CheckoutTrace, Telemetry, start_telemetry
from unshackled.telemetry.asgi import App
from unshackled.telemetry.logs import configure_logging, get_logger
from unshackled.telemetry.span_records import DemoSpanExporter

TIMES: Final = 20_000
STORY: Final = CheckoutTrace(
    checkout="chk_01K9ABCDEFGHJKMNPQRSTVWXYZ",
    retailer="northstar",
    flow="handset-on-credit",
    digest="sha256:" + "ab" * 32,
    first_trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
)
SCOPE: Final[dict[str, Any]] = {
    "type": "http",
    "method": "GET",
    "path": "/v1/checkouts/chk_1",
    "http_version": "1.1",
    "scheme": "http",
    "headers": [(b"host", b"shop.example"), (b"accept", b"application/json")],
}
START: Final = {"type": "http.response.start", "status": 200, "headers": []}
BODY: Final = {"type": "http.response.body", "body": b"{}"}

Message = MutableMapping[str, Any]


async def featureless(scope: Any, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
    """The least that an application can do."""
    await send(dict(START))
    await send(dict(BODY))


async def nowhere(message: Message) -> None:
    """Drop an answer."""


async def silence() -> Message:
    """No body."""
    return {"type": "http.request"}


def cost(work: Callable[[], object]) -> float:
    """CPU-microseconds of one call, the best of three rounds."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _ in range(TIMES):
            work()
        best = min(best, (time.process_time() - started) / TIMES * 1e6)
    return best


async def request_cost(app: App) -> float:
    """CPU-microseconds of one request."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _ in range(TIMES):
            await app(dict(SCOPE), silence, nowhere)
        best = min(best, (time.process_time() - started) / TIMES * 1e6)
    return best


def engine_work(telemetry: Telemetry) -> Callable[[], None]:
    """One step with one call."""
    recorder = telemetry.recorder

    def work() -> None:
        with (
            recorder.step_span(STORY, "credit"),
            recorder.call_span(
                STORY, step="credit", provider="p", operation="credit.apply"
            ) as call,
        ):
            call.outcome = "passed"

    return work


def spans(name: str, ratio: float) -> None:
    """Print what tracing costs at a ratio."""
    telemetry = start_telemetry(
        sample_ratio=ratio, exporters=[DemoSpanExporter(100)] if ratio else []
    )
    work = engine_work(telemetry)
    with telemetry.tracer.start_as_current_span("request"):
        print(f"step and call span, {name:<10} {cost(work):6.1f}")
    bare = asyncio.run(request_cost(featureless))
    observed = asyncio.run(request_cost(telemetry.middleware(featureless)))
    print(f"request,            {name:<10} {observed - bare:6.1f}  (access line, two metrics)")
    telemetry.shutdown()


def lines(file: BinaryIO) -> None:
    """Print what log lines cost."""
    logger = get_logger("cost")
    fields = {"step": "stock", "provider": "legacy-shop", "outcome": "passed", "ms": 12.4}
    print(
        f"log line, 4 fields             {cost(lambda: logger.info('call.ended', **fields)):6.1f}"
    )
    print(f"log line below the level       {cost(lambda: logger.debug('x', **fields)):6.1f}")


def metrics() -> None:
    """Print what one measurement costs."""
    telemetry = start_telemetry()
    facts = {
        "provider": "p",
        "operation": "o",
        "outcome": "passed",
    }
    print(
        f"histogram, 3 labels            {cost(lambda: telemetry.meters.called(facts, 0.1)):6.1f}"
    )
    telemetry.shutdown()


def imports() -> None:
    """Print what the package costs a process that has imported FastAPI."""
    code = (
        "import time, fastapi; a = time.process_time(); import unshackled.telemetry as t;"
        "t.start_telemetry(); print(round((time.process_time() - a) * 1e3))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        for _ in range(5)
    ]
    print(f"import and start, CPU-ms       {min(int(run.stdout) for run in runs):6d}")


def main() -> None:
    """Print the table."""
    with Path(os.devnull).open("wb") as file:
        configure_logging(file=file)
        spans("unsampled", 0.0)
        spans("sampled", 1.0)
        lines(file)
        metrics()
        imports()


if __name__ == "__main__":
    main()
