"""How the commands of operators ask a running server, and how they show what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import typer

from unshackled.cli.failure import problem_line
from unshackled.errors import UnshackledError

Json = Any
Key = Annotated[
    str, typer.Option(envvar="OPERATOR_KEY", help="op_<name>_<secret>, of UNSHACKLED_OPERATORS.")
]
Url = Annotated[str, typer.Option(envvar="OPERATOR_URL", help="The server.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a line for each row.")]
Reason = Annotated[str, typer.Option(help="Why; kept for good with your name.")]
Evidence = Annotated[str | None, typer.Option(help="What shows it: a text or an address.")]
Case = Annotated[
    str | None, typer.Option(help="Of which case, e.g. refund-1; by default of the purchase.")
]
HERE: Final = "http://127.0.0.1:8080"
WIDEST: Final = 64


class OpsRefused(UnshackledError):
    """The server did not do it; the message is its own."""


class OpsClient:
    """A server, asked as one operator."""

    def __init__(self, url: str, key: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"--url: an http:// or https:// address is needed, not {url!r}")
        self._url = url
        self._key = key

    def get(self, path: str, **query: Json) -> Json:
        """Read; what is None is left out of the query."""
        return self._ask(f"/ops/{path}{_query(query)}")

    def post(self, path: str, body: Mapping[str, Json]) -> Json:
        """Act; what is None is left out of the body."""
        return self._ask(f"/ops/{path}", {k: v for k, v in body.items() if v is not None})

    def rows(self, path: str, most: int | None = None, **query: Json) -> Iterator[Json]:
        """The items of all pages, or the first `most`."""
        cursor, told = None, 0
        while True:
            page = self.get(path, cursor=cursor, **query)
            for item in page["items"]:
                if most is not None and told >= most:
                    return
                told += 1
                yield item
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    def _ask(self, path: str, body: Mapping[str, Json] | None = None) -> Json:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        # The server answers within its latency budget; a bulk takes up to half a minute.
        request = Request(self._url + path, data, headers)  # noqa: S310 - checked above
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            raise OpsRefused(_problem(error)) from None
        except URLError as error:
            raise OpsRefused(f"{self._url}: {error.reason}") from None
        except (OSError, ValueError) as error:
            raise OpsRefused(f"{self._url}: {error}") from None


def _query(query: Mapping[str, Json]) -> str:
    asked = {name: value for name, value in query.items() if value is not None}
    return f"?{urlencode(asked)}" if asked else ""


def _problem(error: HTTPError) -> str:
    """A problem document in one line."""
    try:
        return problem_line(error.code, json.load(error))
    except ValueError:
        return f"status {error.code}"


def part(text: str) -> str:
    """A part of a path."""
    return quote(text, safe="")


def show_json(rows: Sequence[Json]) -> None:
    """A line for each row."""
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))


def show_table(heads: Sequence[str], rows: Sequence[Sequence[Json]], none: str) -> None:
    """Columns as wide as they must be; `none` where there are no rows."""
    if not rows:
        typer.echo(none, err=True)
        return
    texts = [list(heads), *([_short(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for text in texts:
        cells = (cell.ljust(width) for cell, width in zip(text, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _short(cell: Json) -> str:
    text = "-" if cell in (None, "") else str(cell)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def show_problems(step: str, problems: Sequence[Mapping[str, Json]]) -> None:
    """A block for each problem of a step: what happened, and what the vendor's support asks for."""
    for one in problems:
        again = f", {one['times']} times since {one['since']}" if one["times"] > 1 else ""
        asked = "" if one["asked"] == "call" else f" ({one['asked']})"
        at = f"{one['at']}  {step}: {one['provider']} {one['operation']}{asked}"
        typer.echo(f"{at} {one['outcome']}: {one['code']}{again}")
        marks = (
            *(("status", one["status"]), ("vendor code", one["vendor_code"])),
            *(("request id", one["request_id"]), ("reference", one["reference"])),
            *(("attempt", one["attempt"]), ("trace", one["trace_id"])),
        )
        typer.echo("    " + "  ".join(f"{name} {value or '-'}" for name, value in marks))


def marked(item: Mapping[str, Json]) -> str:
    """The retailer; what is a test checkout's says so, as `northstar:test`."""
    return str(item["retailer"]) if item["livemode"] else f"{item['retailer']}:test"


def age(seconds: int) -> str:
    """The two largest units: `3d 4h`, `12m 5s`."""
    parts: list[str] = []
    for name, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or (name == "s" and not parts):
            parts.append(f"{count}{name}")
    return " ".join(parts[:2])


def waits(answer: Mapping[str, Json]) -> bool:
    """Whether it waits for a second person, which is printed."""
    if not str(answer.get("id", "")).startswith("req_"):
        return False
    until = answer["expires_at"]
    typer.echo(f"{answer['id']}: waits for a second person until {until}")
    return True
