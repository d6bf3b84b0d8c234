"""Recordings of an adapter's exchanges, and playing them back without a backend.

A recording is a JSON file in the adapter's `contract/`: our request, what went over the wire, and
what the adapter made of it. It carries no header but the idempotency key, and of answers the
number that some vendors give there, hence no secret.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from pydantic import SecretStr

from unshackled.domain.codec import adapter, decode, encode
from unshackled.domain.records import ADDED, declared, is_record
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import Adapter, Call, Followed
from unshackled.testing import vendor_schema
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, RETURN_URL, reference

KEY: Final = "idempotency-key"
# Headers of answers that are all that a vendor says, e.g. SendGrid's 202 without a body.
RECORDED_HEADERS: Final = ("location", "x-message-id")
PRETTY: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One call: `exchanges` are the requests sent and the answers that came back, in order.

    `follows` is the effect of the sale that a call after it deals with; None for any other.
    """

    operation: str
    request: Mapping[str, Any]
    currency: str
    exchanges: Sequence[Mapping[str, Any]]
    outcome: Mapping[str, Any]
    follows: Mapping[str, Any] | None = None


def load(path: Path) -> Recording:
    """Read a recording."""
    return Recording(**orjson.loads(path.read_bytes()))


def recording_files(folder: Path) -> Iterator[Path]:
    """The recordings of an adapter's folder, by name."""
    paths = (folder / "contract").glob("*.json")
    yield from sorted(path for path in paths if path.name != vendor_schema.NAME)


def save(recording: Recording, path: Path) -> None:
    """Write a recording, readable."""
    path.parent.mkdir(exist_ok=True)
    data = dataclasses.asdict(recording)
    if recording.follows is None:
        del data["follows"]
    path.write_bytes(orjson.dumps(data, option=PRETTY) + b"\n")


async def record(
    adapter: Adapter,
    settings: Any,
    backend: httpx.AsyncBaseTransport,
    operation: str,
    request: Any,
    *,
    follows: Followed | None = None,
) -> Recording:
    """Make a call at a backend and write down what went over the wire."""
    taper, currency = _Taper(backend), "GBP"
    port = _port(adapter, settings, taper, operation)
    outcome = await port(request, _frame(operation, currency, follows))
    return Recording(
        operation=operation,
        request=encode(request),
        currency=currency,
        exchanges=taper.exchanges,
        outcome=outcome_data(outcome),
        follows=_written(follows),
    )


def _written(follows: Followed | None) -> Mapping[str, Any] | None:
    if follows is None:
        return None
    output = type(follows.output).__name__
    return {
        "reference": follows.reference,
        "handle": follows.handle,
        "output": {output: encode(follows.output)},
    }


def _followed(recording: Recording) -> Followed | None:
    """The effect of the sale as it was written down, its output typed."""
    if recording.follows is None:
        return None
    ((name, data),) = recording.follows["output"].items()
    operation = all_operations()[recording.operation]
    sale = (all_operations()[f"{operation.capability}.{one}"] for one in operation.of_sale)
    shape: Any = next(one.output for one in sale if one.output.__name__ == name)
    return Followed(
        reference=recording.follows["reference"],
        handle=recording.follows["handle"],
        output=decode(shape, data),
    )


async def play(adapter: Adapter, recording: Recording) -> tuple[list[dict[str, Any]], Any]:
    """Make the recorded call again, answered as then: what was sent, and the outcome as text."""
    player, request = _Player(recording.exchanges), request_of(recording)
    port = _port(adapter, made_up(adapter), player, recording.operation)
    frame = _frame(recording.operation, recording.currency, _followed(recording))
    outcome = await port(request, frame)
    return player.sent, outcome_data(outcome)


def request_of(recording: Recording) -> Any:
    """The request of a recording, typed."""
    shape: type[Any] = all_operations()[recording.operation].request
    return decode(shape, recording.request)


def made_up(adapter: Adapter) -> Any:
    """Settings with a made-up value for each secret and each name that must be given.

    A name is a setting's first example, where it has one.
    """
    fields = adapter.settings.model_fields.items()
    needed = {
        name: next(iter(field.examples or ()), "made-up")
        for name, field in fields
        if field.annotation is SecretStr or (field.is_required() and field.annotation is str)
    }
    return adapter.settings.model_validate({**needed, "base_url": BASE_URL})


def outcome_data(outcome: object) -> dict[str, Any]:
    """An outcome as plain data: its kind and its fields.

    A field that came later is left out at its default, so that older recordings stay right.
    """
    return {"kind": type(outcome).__name__, **_plain(outcome)}


def _plain(value: object) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, timedelta):
        # As recordings have it, `PT5M`: a duration has more than one spelling.
        return adapter(timedelta).dump_python(value, mode="json")
    shape: Any = type(value)
    if not is_record(shape):
        return encode(value)
    fields = [(field, getattr(value, field.name)) for field in declared(shape)]
    return {
        field.name: _plain(inner)
        for field, inner in fields
        if not (field.marks.get(ADDED) and inner == field.default)
    }


def _port(
    adapter: Adapter, settings: Any, wire: httpx.AsyncBaseTransport, operation: str
) -> Callable[[Any, Call], Awaitable[Any]]:
    capability, _, name = operation.partition(".")
    http = HttpClient("recording", BASE_URL, transport=wire)
    method: Callable[[Any, Call], Awaitable[Any]] = getattr(
        adapter.ports[capability](adapter.client(settings, http)), name
    )
    return method


def _frame(operation: str, currency: str, follows: Followed | None) -> Call:
    return Call(
        reference=reference(operation),
        checkout="chk_recorded",
        currency=currency,
        locale="en-GB",
        callback_url=CALLBACK_URL,
        return_url=RETURN_URL,
        follows=follows,
    )


def _sent(request: httpx.Request) -> dict[str, Any]:
    sent = {
        "method": request.method,
        "target": request.url.raw_path.decode(),
        "body": _readable(request.content),
    }
    key = request.headers.get(KEY)
    return sent | ({KEY: key} if key else {})


def _readable(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return body.decode()


class _Taper(httpx.AsyncBaseTransport):
    def __init__(self, backend: httpx.AsyncBaseTransport) -> None:
        self.backend = backend
        self.exchanges: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        response = await self.backend.handle_async_request(request)
        body = await response.aread()
        answer = {"status": response.status_code, "body": _readable(body)}
        told = {
            name: response.headers[name] for name in RECORDED_HEADERS if name in response.headers
        }
        answer |= {"headers": told} if told else {}
        self.exchanges.append({"sent": _sent(request), "answer": answer})
        kept = [(k, v) for k, v in response.headers.raw if k.lower() != b"content-encoding"]
        return httpx.Response(response.status_code, headers=kept, content=body)


class _Player(httpx.AsyncBaseTransport):
    def __init__(self, exchanges: Sequence[Mapping[str, Any]]) -> None:
        self.answers = [exchange["answer"] for exchange in exchanges]
        self.sent: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self.answers[len(self.sent)]
        self.sent.append(_sent(request))
        body = answer["body"]
        content = body.encode() if isinstance(body, str) else orjson.dumps(body)
        content = b"" if body is None else content
        return httpx.Response(answer["status"], headers=answer.get("headers"), content=content)
