"""`unshackled ops …`: what needs a person, asked of a running server as a named operator."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import typer

from unshackled.errors import UnshackledError

app = typer.Typer(no_args_is_help=True)
Key = Annotated[
    str, typer.Option(envvar="OPERATOR_KEY", help="op_<name>_<secret>, of UNSHACKLED_OPERATORS.")
]
Url = Annotated[str, typer.Option(help="The server.")]
State = Literal["in_review", "in_doubt", "undo_failed", "waiting_provider"]
Verdict = Literal["passed", "declined", "retry", "undone"]
HERE = "http://127.0.0.1:8080"


class OpsRefused(UnshackledError):
    """The server did not do it; the message is its own."""


@app.command()
def stuck(
    retailer: Annotated[str, typer.Option(help="Whose checkouts.")],
    key: Key,
    state: State = "in_review",
    url: Url = HERE,
) -> None:
    """List checkouts with steps that need a person."""
    cursor: str | None = None
    while True:
        asked = {"retailer": retailer, "state": state} | ({"cursor": cursor} if cursor else {})
        page = _ask(f"{url}/ops/checkouts?{urlencode(asked)}", key)
        for one in page["items"]:
            for step in one["steps"]:
                typer.echo(
                    f"{one['checkout']}  {step['step']:<20}{step['state']:<14}"
                    f"{step['code'] or '-':<24}{step['provider'] or '-':<18}{step['since']}"
                )
        cursor = page["next_cursor"]
        if cursor is None:
            return


@app.command()
def resolve(
    checkout: str,
    step: str,
    verdict: Verdict,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept with your name.")],
    key: Key,
    output: Annotated[
        str | None, typer.Option(help="JSON of what the provider did, for `passed`.")
    ] = None,
    url: Url = HERE,
) -> None:
    """Decide a step in review, or an undo that failed."""
    body: dict[str, Any] = {"verdict": verdict, "reason": reason}
    if output is not None:
        try:
            body["output"] = json.loads(output)
        except json.JSONDecodeError as error:
            raise ValueError(f"--output: JSON is needed: {error}") from None
    path = f"/ops/checkouts/{quote(checkout, safe='')}/steps/{quote(step, safe='')}/resolve"
    done = _ask(url + path, key, body)
    state = next(one["state"] for one in done["steps"] if one["name"] == step)
    typer.echo(f"{step}: {state}; the checkout is {done['status']}")


def _ask(url: str, key: str, body: dict[str, Any] | None = None) -> Any:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"--url: an http:// or https:// address is needed, not {url!r}")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, headers), timeout=30) as answer:  # noqa: S310
            return json.load(answer)
    except HTTPError as error:
        raise OpsRefused(_problem(error)) from None
    except URLError as error:
        raise OpsRefused(f"{url.partition('/ops')[0]}: {error.reason}") from None


def _problem(error: HTTPError) -> str:
    """A problem document in one line."""
    try:
        told = json.load(error)
        wrong = "; ".join(f"{one['path']}: {one['message']}" for one in told.get("errors", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"status {error.code}"
    return f"{error.code} {told.get('title')}: {wrong or told.get('detail')}"
