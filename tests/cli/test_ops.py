"""`unshackled ops`: two operators at a real server, from the first look to the audit log."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.app.test_ways_on import MYSELF, live
from tests.cli.shell import CommandResult, environ, told
from tests.cli.test_processes import answers, started, stopped
from unshackled.cli.demo import PACKAGES
from unshackled.cli.ops import advice_on
from unshackled.cli.ops_client import age
from unshackled.demo_mode import demo_key
from unshackled.testing.customer import FORMS, Customer
from unshackled.testing.servers import free_port
from unshackled.testing.visit import visit

Ops = Callable[..., CommandResult]
WHY = ("--reason", "the file was mended")


def stuck(url: str, standins: int, key: str) -> str:
    """A checkout whose address check the backend refused."""
    refuse = {"mode": "refuse", "operation": "address.verify", "times": 1}
    httpx.post(f"http://127.0.0.1:{standins}/_scenario", json=refuse).raise_for_status()
    made: Any = httpx.post(
        f"{url}/v1/checkouts",
        json={"flow": "sim-only", "package": {"tariff": "sim-20gb"}},
        headers={"Authorization": f"Bearer {demo_key('pocket')}", "Idempotency-Key": key},
    ).json()
    token = {"Authorization": f"Bearer {made['customer_token']}"}
    steps = f"{url}/v1/checkouts/{made['id']}/steps"
    httpx.put(f"{steps}/address", json=FORMS["address"], headers=token).raise_for_status()
    return str(made["id"])


def test_two_operators_put_things_right(capsys: pytest.CaptureFixture[str]) -> None:
    """Look, retry, cancel by two, in bulk, with an audit log; a closed terminal ends all of it."""
    port, standins = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    names = {name: hashlib.sha256(b"ops").hexdigest() for name in ("eve", "tom")}
    env = environ(UNSHACKLED_OPERATORS=json.dumps(names), UNSHACKLED_SECOND_PERSON="cancel")

    def ops(name: str, *words: object) -> CommandResult:
        return told(capsys, "ops", *words, "--url", url, "--key", f"op_{name}_ops")

    options = ("--port", port, "--sandbox-port", standins, "--shop-port", free_port())
    with started("up", *options, env=env, url=url) as child:
        assert ops("eve", "summary").err == "nothing needs a person\n"
        found = [stuck(url, standins, str(number)) for number in range(3)]
        _look(ops, found)
        _act(ops, found)
        _bulk(ops, found[2])
        _people(ops, found)
        _audit(ops)
        _case(ops, url, standins)
        assert stopped(child, signal.SIGHUP).code == 0
    assert not answers(url)
    assert not answers(f"http://127.0.0.1:{standins}")


def _look(ops: Ops, found: list[str]) -> None:
    head, row = ops("eve", "summary").out.splitlines()
    assert head.split() == ["RETAILER", "STATE", "COUNT", "OLDEST"]
    assert row.split()[:3] == ["pocket", "in_review", "3"]
    all_of_them = ops("eve", "list", "--state", "in_review", "--json").out.splitlines()
    assert [json.loads(row)["checkout"] for row in all_of_them] == found
    shown = ops("eve", "show", found[0]).out
    assert "retry, resolve passed, resolve declined, resolve retry" in shown
    missing = ops("eve", "show", "chk_none")
    assert (missing.code, missing.err[:3], len(missing.err.splitlines())) == (2, "404", 1)


def _act(ops: Ops, found: list[str]) -> None:
    done = ops("eve", "retry", found[0], "address_check", *WHY)
    assert done.out == "address_check: passed; the checkout is incomplete\n"
    refused = ops("eve", "skip", found[1], "address_check", *WHY)
    assert refused.code == 2
    assert "cannot do without address_check" in refused.err
    asked = ops("eve", "cancel", found[1], *WHY).out
    request = asked.partition(":")[0]
    assert "waits for a second person" in asked
    assert request in ops("tom", "requests").out
    alone = ops("eve", "approve", request, *WHY)
    assert (alone.code, alone.err[:3]) == (2, "403")
    assert ops("tom", "approve", request, *WHY).out == f"cancel of {found[1]}: done\n"
    assert ops("tom", "reject", request, *WHY).err.startswith("409")
    assert ops("tom", "letters", "list").err == "no open dead letters\n"
    assert ops("tom", "letters", "show", "none").err.startswith("404")
    assert ops("tom", "letters", "replay", "none", *WHY).err.startswith("404")
    assert ops("tom", "letters", "discard", "none", *WHY).err.startswith("404")


def _bulk(ops: Ops, left: str) -> None:
    words = ("bulk", "retry", "--step", "address_check", *WHY)
    tried = ops("eve", *words).out
    assert left in tried
    assert "1 found, nothing done" in tried
    digest = tried.split("--digest ")[1].strip()
    done = ops("eve", *words, "--digest", digest).out
    assert done.splitlines()[-1] == "1 done"
    again = ops("eve", *words, "--digest", digest).out
    assert again.splitlines()[-1] == "1 moved"


def _case(ops: Ops, url: str, standins: int) -> None:
    """A refund that the backend refused is listed by its case, shown, and tried again in it."""
    checkout = asyncio.run(_refused_refund(url, standins))
    (row,) = [one for one in ops("eve", "list").out.splitlines() if checkout in one]
    assert row.split()[1:4] == ["refund-1", "refund", "in_review"]
    shown = ops("eve", "show", checkout).out
    assert "refund-1  refund, 100 GBP, by the retailer  in_progress, not settled" in shown
    wrong = ops("eve", "retry", checkout, "refund", "--case", "refund-2", *WHY)
    assert wrong.err.startswith("404")
    done = ops("eve", "retry", checkout, "refund", "--case", "refund-1", *WHY)
    assert done.out.startswith("refund of refund-1: done"), done.err
    assert "by the retailer  completed, settled" in ops("eve", "show", checkout).out


async def _refused_refund(url: str, standins: int) -> str:
    """Somebody buys from Northstar; the payment provider refuses what is given back."""
    flow, _, package = PACKAGES["northstar"]
    server = {"Authorization": f"Bearer {demo_key('northstar')}", "Idempotency-Key": "buy"}
    async with httpx.AsyncClient(base_url=url, timeout=30) as api:
        body = {"flow": flow, "package": package}
        made = (await api.post("/v1/checkouts", json=body, headers=server)).json()

        async def page(address: str) -> None:
            await visit(address, url)

        forms = {"myself": MYSELF}
        token = made["customer_token"]
        await live(Customer(api=api, checkout=made, token=token, pages=page, forms=forms))
        refuse = {"mode": "refuse", "operation": "payment.refund_amount", "times": 1}
        await api.post(f"http://127.0.0.1:{standins}/_scenario", json=refuse)
        headers = {**server, "Idempotency-Key": "back"}
        path = f"/v1/checkouts/{made['id']}/refunds"
        answer = await api.post(path, json={"amount": 100}, headers=headers)
        assert answer.status_code == 201, answer.text
    return str(made["id"])


def _people(ops: Ops, found: list[str]) -> None:
    """Someone is found by their customer number, read and erased; who may not be says why."""
    nobody = ops("eve", "find", "--retailer", "pocket", "--email", "nobody@example.com")
    assert nobody.err == "nobody is found by that\n"
    wrong = ops("eve", "find", "--retailer", "pocket")
    assert wrong.code != 0
    shown = json.loads(ops("eve", "export", found[2], *WHY).out)
    assert shown["checkout"] == found[2]
    one = ("erase", "--retailer", "pocket", "--checkout", found[2], *WHY)
    assert "1 " in ops("eve", *one).out
    assert json.loads(ops("eve", *one, "--json").out)["items"][0]["checkout"] == found[2]


def _audit(ops: Ops) -> None:
    rows = [json.loads(row) for row in ops("eve", "audit", "--json").out.splitlines()]
    assert {(row["operator"], row["action"], row["outcome"]) for row in rows} >= {
        ("eve", "retry", "done"),
        ("eve", "skip", "refused"),
        ("eve", "cancel", "waiting"),
        ("eve", "cancel", "done"),
        ("eve", "approve", "refused"),
        ("tom", "approve", "done"),
        ("eve", "bulk", "done"),
    }
    shown = ops("eve", "audit", "--action", "skip").out
    assert "step_needed" in shown
    wrong = ops("eve", "audit", "--since", "yesterday")
    assert (wrong.code, len(wrong.err.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3600, "1h"), (90_061, "1d 1h")]
)
def test_an_age_reads_well(seconds: int, text: str) -> None:
    """Its two largest units."""
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [
        ("in_review", "recovered", True),
        ("in_review", "contradiction", False),
        ("passed", None, False),
    ],
)
def test_a_step_that_recovered_says_what_to_do(state: str, code: str | None, said: bool) -> None:
    """The line names the step and its provider, and the command that decides it."""
    step = {"step": "capture", "state": state, "code": code, "provider": "adyen"}
    advice = advice_on("chk_1", step)
    assert (advice is not None) is said
    if advice:
        assert advice.startswith("capture: adyen said that it failed, and then that it is done")
        assert "unshackled ops resolve chk_1 capture passed" in advice
