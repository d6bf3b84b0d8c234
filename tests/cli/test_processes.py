"""`serve`, `sandbox`, `up` and `demo` as processes, over real sockets."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import CommandResult, ended, environ, process, told
from unshackled.testing.known_keys import MASTER_KEY
from unshackled.testing.servers import free_port

WITHIN_SECONDS = 60


@contextmanager
def started(*arguments: object, env: dict[str, str], url: str) -> Iterator[subprocess.Popen[str]]:
    """A process that answers, ended afterwards if it still runs."""
    child = process(*arguments, env=env)
    try:
        until = time.monotonic() + WITHIN_SECONDS
        while not answers(url) and time.monotonic() < until:
            assert child.poll() is None, child.communicate()
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        ended(child)


def answers(url: str) -> bool:
    """Whether somebody lives there."""
    try:
        return httpx.get(f"{url}/livez", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def stopped(child: subprocess.Popen[str], how: signal.Signals) -> CommandResult:
    """Ask a process to end, and wait for it."""
    child.send_signal(how)
    return ended(child)


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    return free_port()


@pytest.mark.parametrize(("how", "code"), [("SIGINT", 130), ("SIGTERM", -15)])
def test_a_server_starts_answers_and_ends_when_asked(
    how: str, code: int, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says in JSON lines that it started and that it stopped; meanwhile it serves all kinds."""
    url = f"http://127.0.0.1:{port}"
    operators = json.dumps({"eve": hashlib.sha256(b"ops").hexdigest()})
    env = environ(
        UNSHACKLED_DEMO="true", UNSHACKLED_OPERATORS=operators, UNSHACKLED_KEEP_ALIVE="0.5"
    )
    with started("serve", "--port", port, env=env, url=url) as child:
        assert httpx.get(f"{url}/readyz").json()["checks"] == {"store": "ok"}
        if how == "SIGINT":
            closes_an_idle_connection(port)
            answers_an_operator(url, capsys)
        seen = stopped(child, signal.Signals[how])
    assert seen.code == code
    assert '"service.started"' in seen.out
    assert '"service.stopped"' in seen.out
    assert seen.err == ""


def closes_an_idle_connection(port: int) -> None:
    """UNSHACKLED_KEEP_ALIVE: a balancer's own time must be shorter."""
    with socket.create_connection(("127.0.0.1", port), timeout=4) as idle:
        idle.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until_closed = idle.makefile("rb").read()
    assert until_closed.startswith(b"HTTP/1.1 200")


def answers_an_operator(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a named key; a wrong key, checkout or verdict is the server's own answer in a line."""
    eve = ("--url", url, "--key", "op_eve_ops")
    none = told(capsys, "ops", "list", "--retailer", "orbit", *eve)
    assert (none.code, none.out, none.err) == (0, "", "nothing needs a person\n")
    nobody = told(capsys, "ops", "list", "--retailer", "nobody", *eve)
    assert (nobody.code, nobody.out) == (2, "")
    assert "query.retailer" in nobody.err
    asked = ("chk_none", "credit", "retry", "--reason", "called the lender")
    missing = told(capsys, "ops", "resolve", *asked, *eve)
    assert (missing.code, missing.err[:3]) == (2, "404")
    stranger = told(capsys, "ops", "resolve", *asked, "--url", url, "--key", "op_mallory_ops")
    assert (stranger.code, stranger.err[:3]) == (2, "401")


def test_a_server_whose_store_cannot_be_opened_does_not_start(tmp_path: Path, port: int) -> None:
    """One line names the variable, exit code 2; no traceback and no listening socket."""
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    env = environ(
        UNSHACKLED_DEMO="true",
        UNSHACKLED_STORE=f"sqlite:///{broken}",
        UNSHACKLED_MASTER_KEY=MASTER_KEY,
    )
    seen = ended(process("serve", "--port", port, env=env))
    assert seen.code == 2
    assert seen.err.startswith("UNSHACKLED_STORE: ")
    assert len(seen.err.splitlines()) == 1
    assert "Traceback" not in seen.out


def test_a_server_without_a_master_key_does_not_start(tmp_path: Path, port: int) -> None:
    """One line says what to set and how to make one; the store is not touched, nothing is made."""
    env = environ(UNSHACKLED_DEMO="true", UNSHACKLED_STORE=f"sqlite:///{tmp_path / 'x.db'}")
    seen = ended(process("serve", "--port", port, env=env))
    assert seen.code == 2
    assert seen.err.startswith("UNSHACKLED_MASTER_KEY: a key is needed")
    assert "`unshackled encryption make-key`" in seen.err
    assert len(seen.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_missing_variables_keep_a_server_from_starting(port: int) -> None:
    """A line for each provider, by retailer."""
    seen = ended(process("serve", "--port", port))
    assert seen.code == 2
    lines = seen.err.splitlines()
    assert [line for line in lines if not line.startswith("retailer ")] == []
    assert any("provider psp: set " in line for line in lines)


@pytest.mark.parametrize("command", ["sandbox", "up"])
def test_a_port_that_is_taken_is_one_clear_line(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        seen = told(capsys, command, "--port", port)
    assert (seen.code, seen.out) == (2, "")
    assert seen.err.startswith(f"port {port} on 127.0.0.1 cannot be used (")
    assert len(seen.err.splitlines()) == 1


def test_up_wants_two_ports(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Server and stand-ins cannot share one; nothing is started."""
    seen = told(capsys, "up", "--port", port, "--sandbox-port", port)
    assert (seen.code, seen.out) == (2, "")
    assert seen.err == f"port {port} is given twice: choose another with --sandbox-port\n"


def test_up_ends_when_the_stand_ins_have_ended(port: int) -> None:
    """A server without backends is of no use to a newcomer: the message says what is gone."""
    url, standins = f"http://127.0.0.1:{port}", free_port()
    options = ("--port", port, "--sandbox-port", standins, "--shop-port", free_port())
    with started("up", *options, env=environ(), url=url) as child:
        assert child.stdout is not None
        _ = [*iter(child.stdout.readline, "Ctrl-C stops everything.\n")]
        of_up = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        os.kill(int(of_up[0]), signal.SIGKILL)
        seen = ended(child)
    assert (seen.code, seen.err) == (2, "the stand-ins have ended; the last lines say why\n")
    assert not answers(url)


def test_up_hands_on_why_the_server_did_not_start(tmp_path: Path) -> None:
    """The server's own line and exit code; the stand-ins are ended too."""
    standins = free_port()
    env = environ(UNSHACKLED_FLOWS=str(tmp_path))
    options = ("--port", free_port(), "--sandbox-port", standins, "--shop-port", free_port())
    seen = ended(process("up", *options, env=env))
    assert seen.code == 2
    assert "no_flows" in seen.err
    assert not answers(f"http://127.0.0.1:{standins}")


def test_one_command_starts_everything_and_a_demo_buys(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """`up` says what to try, a customer of each retailer buys, and Ctrl-C ends all of it."""
    url, standins = f"http://127.0.0.1:{port}", free_port()
    options = ("--port", port, "--sandbox-port", standins, "--shop-port", free_port())
    with started("up", *options, env=environ(), url=url) as child:
        assert child.stdout is not None
        said = "".join(iter(child.stdout.readline, "Ctrl-C stops everything.\n"))
        assert [
            word for word in (url, f"{url}/docs", f"demo --url {url}", "sk_") if word not in said
        ] == []
        seen = told(capsys, "demo", "--url", url)
        assert (seen.code, seen.err) == (0, "")
        assert seen.out.count("  completed: order ") == 3
        assert [word for word in ("→ mandate.set_up", "└─ ") if word not in seen.out] == []
        assert stopped(child, signal.SIGINT).code == 0
    assert not answers(url)
    assert not answers(f"http://127.0.0.1:{standins}")
