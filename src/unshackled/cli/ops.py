"""`unshackled ops …`: what needs a person, asked of a running server as a named operator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from unshackled.cli import ops_bulk, ops_letters, ops_people, ops_routes, ops_trail
from unshackled.cli.ops_client import (
    HERE,
    AsJson,
    Case,
    Evidence,
    Key,
    OpsClient,
    Reason,
    Url,
    age,
    marked,
    part,
    show_json,
    show_problems,
    show_table,
    waits,
)

RECOVERED = "recovered"
app = typer.Typer(no_args_is_help=True)
State = Literal["in_review", "in_doubt", "undo_failed", "waiting_provider", "expired", "late"]
Verdict = Literal["passed", "declined", "retry", "undone", "absent"]
for group in (ops_bulk, ops_trail, ops_routes, ops_people):
    group.install(app)
app.add_typer(ops_letters.app, name="letters", help="Events that a consumer could not take.")


@app.command()
def summary(*, key: Key, url: Url = HERE, as_json: AsJson = False) -> None:
    """Count what needs a person, by retailer and state."""
    found = OpsClient(url, key).get("summary")
    if as_json:
        show_json([found])
        return
    rows = [
        (marked(one), one["state"], one["count"], age(one["oldest_age_seconds"]))
        for one in found["counts"]
    ]
    show_table(("RETAILER", "STATE", "COUNT", "OLDEST"), rows, "nothing needs a person")
    if found["requests_waiting"]:
        typer.echo(f"{found['requests_waiting']} wait for a second person: unshackled ops requests")


@app.command("list")
def list_(
    *,
    key: Key,
    retailer: Annotated[str | None, typer.Option(help="By default all.")] = None,
    live: Annotated[bool | None, typer.Option("--live/--test", help="By default both.")] = None,
    state: Annotated[State | None, typer.Option(help="By default any.")] = None,
    step: Annotated[str | None, typer.Option()] = None,
    provider: Annotated[str | None, typer.Option()] = None,
    code: Annotated[str | None, typer.Option()] = None,
    older_than: Annotated[int | None, typer.Option(help="Seconds.")] = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """List steps that may need a person, the longest waiting first."""
    query: dict[str, Any] = {
        "retailer": retailer,
        "livemode": None if live is None else str(live).lower(),
        "state": state,
        "step": step,
        "provider": provider,
        "code": code,
        "older_than": older_than,
    }
    items = list(OpsClient(url, key).rows("checkouts", **query))
    if as_json:
        show_json(items)
        return
    rows = [
        (
            *(item["checkout"], one["case"], one["step"], one["state"], one["code"]),
            one["provider"],
            *(one["reference"], age(one["age_seconds"]), marked(item)),
        )
        for item in items
        for one in item["steps"]
    ]
    heads = (
        "CHECKOUT",
        "CASE",
        "STEP",
        "STATE",
        "CODE",
        "PROVIDER",
        "REFERENCE",
        "AGE",
        "RETAILER",
    )
    show_table(heads, rows, "nothing needs a person")


@app.command()
def show(checkout: str, *, key: Key, url: Url = HERE, as_json: AsJson = False) -> None:
    """Show a checkout as operators see it, and what can be done."""
    found = OpsClient(url, key).get(f"checkouts/{part(checkout)}")
    if as_json:
        show_json([found])
        return
    settled = "settled" if found["settled"] else "not settled"
    can = f"; can {', '.join(found['can'])}" if found["can"] else ""
    typer.echo(f"{checkout}  {marked(found)}/{found['flow']}  {found['status']}, {settled}{can}")
    _show_steps(checkout, found)
    for one in found["cases"]:
        _show_case(checkout, one)
    for entry in found["audit"]:
        typer.echo(f"{entry['at']}  {entry['operator']} {entry['action']}: {entry['reason']}")


def _show_case(checkout: str, case: Mapping[str, Any]) -> None:
    settled = "settled" if case["settled"] else "not settled"
    can = f"; can {', '.join(case['can'])}" if case["can"] else ""
    what = f"{case['flow']}, {case['amount']} {case['currency']}, by the {case['opened_by']}"
    typer.echo(f"{case['case']}  {what}  {case['status']}, {settled}{can}")
    _show_steps(checkout, case)


def _show_steps(checkout: str, run: Mapping[str, Any]) -> None:
    """The steps of the purchase or of a case, and what is being taken back of it."""
    rows = [
        (
            *(one["step"], one["state"], _codes(one), one["provider"], one["reference"]),
            *(one["next_at"], ", ".join(one["can"])),
        )
        for one in run["steps"]
    ]
    show_table(("STEP", "STATE", "CODE", "PROVIDER", "REFERENCE", "NEXT", "CAN"), rows, "no steps")
    for one in run["steps"]:
        if advice := advice_on(checkout, one, run.get("case")):
            typer.echo(advice)
        show_problems(one["step"], one["problems"])
    for undo in run["undos"]:
        how = "failed" if undo["failed"] else f"next {undo['next_at']}"
        typer.echo(f"undo of {undo['step']} {undo['reference']} at {undo['provider']}: {how}")


def _codes(step: dict[str, Any]) -> str | None:
    """A step's code, and the vendor's own behind it."""
    code, vendor = step["code"], step.get("vendor_code")
    return f"{code} ({vendor})" if vendor else code


def advice_on(checkout: str, step: Mapping[str, Any], case: str | None = None) -> str | None:
    """What to do about a step whose provider took back that it failed; None of any other."""
    if step["state"] != "in_review" or step["code"] != RECOVERED:
        return None
    name, provider = step["step"], step["provider"]
    of = f" --case {case}" if case else ""
    return (
        f"{name}: {provider} said that it failed, and then that it is done: see which holds there,"
        f" then `unshackled ops resolve {checkout} {name} passed{of}`"
    )


@app.command()
def retry(
    checkout: str,
    step: str,
    *,
    reason: Reason,
    key: Key,
    evidence: Evidence = None,
    case: Case = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Try, ask or undo now what waits or was refused."""
    body = {"reason": reason, "evidence": evidence, "case": case}
    _act(OpsClient(url, key), checkout, step, "retry", body, as_json=as_json)


@app.command()
def skip(
    checkout: str,
    step: str,
    *,
    reason: Reason,
    key: Key,
    evidence: Evidence = None,
    case: Case = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Go on without a step, where the flow can."""
    body = {"reason": reason, "evidence": evidence, "case": case}
    _act(OpsClient(url, key), checkout, step, "skip", body, as_json=as_json)


@app.command()
def resolve(
    checkout: str,
    step: str,
    verdict: Verdict,
    *,
    reason: Reason,
    key: Key,
    evidence: Evidence = None,
    output: Annotated[
        str | None, typer.Option(help="JSON of what the provider did, for `passed`.")
    ] = None,
    valid_until: Annotated[
        str | None, typer.Option(help="When it stops counting (RFC 3339), for `passed`.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="The attempt it is about, or which failed undo.")
    ] = None,
    case: Case = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Decide a step in review or in doubt, or an undo that failed."""
    body: dict[str, Any] = {
        "case": case,
        "verdict": verdict,
        "reason": reason,
        "evidence": evidence,
        "reference": reference,
        "valid_until": valid_until,
    }
    if output is not None:
        try:
            body["output"] = json.loads(output)
        except json.JSONDecodeError as error:
            raise ValueError(f"--output: JSON is needed: {error}") from None
    _act(OpsClient(url, key), checkout, step, "resolve", body, as_json=as_json)


@app.command()
def cancel(
    checkout: str,
    *,
    reason: Reason,
    key: Key,
    evidence: Evidence = None,
    case: Case = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """End a checkout before its order is placed, and take everything back."""
    body = {"reason": reason, "evidence": evidence, "case": case}
    done = OpsClient(url, key).post(f"checkouts/{part(checkout)}/cancel", body)
    if as_json:
        show_json([done])
    elif not waits(done) and case is not None:
        typer.echo(f"{case}: canceled; what was done is being taken back")
    elif not waits(done):
        settled = "" if done["settled"] else "; what was done is being taken back"
        typer.echo(f"{checkout}: {done['status']}{settled}")


def _act(
    server: OpsClient, checkout: str, step: str, action: str, body: dict[str, Any], *, as_json: bool
) -> None:
    done = server.post(f"checkouts/{part(checkout)}/steps/{part(step)}/{action}", body)
    if as_json:
        show_json([done])
    elif not waits(done) and body.get("case"):
        typer.echo(f"{step} of {body['case']}: done; see `unshackled ops show {checkout}`")
    elif not waits(done):
        state = next(one["state"] for one in done["steps"] if one["name"] == step)
        typer.echo(f"{step}: {state}; the checkout is {done['status']}")
