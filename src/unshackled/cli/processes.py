"""Commands that run a server: `serve`, `sandbox`, `up`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.error import URLError

import typer

from unshackled.errors import UnshackledError

if TYPE_CHECKING:  # made by `up` alone
    from unshackled.cli.master_key_file import MasterKeyFile

STARTS_WITHIN_SECONDS = 30.0
LOOKS_EVERY_SECONDS = 0.2
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.")]
APort = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]


class NoStart(UnshackledError):
    """A server could not be started."""


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(sandbox)
    app.command()(up)


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API, configured by UNSHACKLED_* variables (docs/settings.md)."""
    from unshackled.gc_tuning import spare_start, tune_collector

    spare_start()  # before whatever is costly to import
    from unshackled.app import build
    from unshackled.cli.connections import Bounds
    from unshackled.cli.server import ApiServer
    from unshackled.settings import load_settings
    from unshackled.telemetry import configure_logging

    given = {"host": host, "port": port}
    settings = load_settings(**{key: value for key, value in given.items() if value is not None})
    configure_logging(settings.log_level, everything=True)
    service = build(settings)
    require_free(settings.host, settings.port)
    tune_collector()
    ApiServer(
        service.api,
        host=settings.host,
        port=settings.port,
        life=service.lifespan,
        keep_alive=settings.keep_alive,
        leave=service.components.engine.leave,
        bounds=Bounds(connections=settings.connections),
    ).run()


def sandbox(host: str = "127.0.0.1", port: APort = 8090, seed: int = 1) -> None:
    """Serve the stand-in backends of every adapter on one port; `seed` deals out bad luck."""
    from unshackled.adapter_registry import find
    from unshackled.cli.server import ApiServer
    from unshackled.testing.sandbox import sandbox as stand_ins

    require_free(host, port)
    backends = stand_ins(find(), seed, say=partial(typer.echo, err=True))
    ApiServer(backends, host=host, port=port, life=_warm).run()


@asynccontextmanager
async def _warm(api: Any) -> AsyncIterator[None]:
    """Load what sends callbacks before the first one is due."""
    from unshackled.outbound import HttpClient

    warming = asyncio.create_task(HttpClient("callbacks", "http://localhost").warm())
    yield
    warming.cancel()


def require_free(host: str, port: int) -> None:
    """One clear line where the port is taken; raises `NoStart`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NoStart(
                f"port {port} on {host} cannot be used ({error.strerror}): "
                "stop what listens there, or choose another with --port"
            ) from None


def up(
    host: str = "127.0.0.1",
    port: APort = 8080,
    sandbox_port: APort = 8090,
    shop_port: APort = 8070,
) -> None:
    """Start the API with the demo retailers, their stand-in backends and their shop beside it."""
    from unshackled.cli.flow_commands import book_of
    from unshackled.cli.welcome import welcome
    from unshackled.demo_mode import shop_environment
    from unshackled.settings import load_settings, variable

    shop = shop_server()
    _require_apart(host, {"port": port, "sandbox-port": sandbox_port, "shop-port": shop_port})
    url, sandbox_url, shop_url = (f"http://{host}:{one}" for one in (port, sandbox_port, shop_port))
    master = _master_key()
    children: list[subprocess.Popen[bytes]] = []
    for how in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(how, lambda *_: sys.exit(0))
    try:
        children.append(spawn(["sandbox", "--host", host, "--port", str(sandbox_port)], {}))
        environ = {
            "UNSHACKLED_DEMO": "true",
            "UNSHACKLED_SANDBOX_URL": sandbox_url,
            "UNSHACKLED_DEMO_SHOP_URL": shop_url,
            "UNSHACKLED_LOG_LEVEL": os.environ.get("UNSHACKLED_LOG_LEVEL", "warning"),
            **({variable("master_key"): master.key} if master is not None else {}),
        }
        children.append(spawn(["serve", "--host", host, "--port", str(port)], environ))
        wait_until_live(sandbox_url, children[0])
        wait_until_live(url, children[-1])
        book = book_of(load_settings().flows)
        running = {"stand-ins have": children[0], "server has": children[1]}
        if shop is not None:
            told = shop_environment(book.retailers, api=url, shop=shop_url)
            children.append(run_script(shop, ["--host", host, "--port", str(shop_port)], told))
            running["shop has"] = children[-1]
        typer.echo(
            welcome(
                book,
                url=url,
                sandbox_url=sandbox_url,
                shop_url=shop_url if shop is not None else None,
                program=_program(),
                master=master,
            )
        )
        _watch(running)
    except KeyboardInterrupt:
        typer.echo("\nstopping")
    finally:
        stop(children)


def _require_apart(host: str, ports: Mapping[str, int]) -> None:
    """Each port, by the name of its option, is free and another one; raises `NoStart`."""
    seen: set[int] = set()
    for name, port in ports.items():
        if port in seen:
            raise NoStart(f"port {port} is given twice: choose another with --{name}")
        seen.add(port)
        require_free(host, port)


def _master_key() -> MasterKeyFile | None:
    """The key beside the store of the demo; None where one is set, or the store is no file."""
    from unshackled.cli.master_key_file import master_key_beside
    from unshackled.settings import load_settings
    from unshackled.store import file_of

    settings = load_settings(demo=True)
    path = file_of(settings.store)
    return None if settings.master_key is not None or path is None else master_key_beside(path)


def shop_server() -> Path | None:
    """The program of the demo's shop, beside its page; None where the pages are not built."""
    from unshackled.http.pages.page_files import page_folder

    found = page_folder() / "shop" / "server.py"
    return found if found.exists() else None


def run_script(
    script: Path, arguments: list[str], environ: dict[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program of its own, beside its files."""
    command = [sys.executable, str(script), *arguments]
    return subprocess.Popen(command, env={**os.environ, **environ})  # noqa: S603


def spawn(arguments: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a command of ours as a process of its own."""
    command = [sys.executable, "-m", "unshackled", *arguments]
    return subprocess.Popen(command, env={**os.environ, **environ})  # noqa: S603


def wait_until_live(url: str, child: subprocess.Popen[bytes]) -> None:
    """Until `/livez` answers; raises `NoStart` when the process ends or takes too long."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        if child.poll() is not None:
            raise typer.Exit(child.returncode or 1)
        try:
            with urllib.request.urlopen(f"{url}/livez", timeout=1):  # noqa: S310
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise NoStart(f"{url} did not answer within {STARTS_WITHIN_SECONDS:.0f} seconds")


def _watch(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait for the end of one of them; raises `NoStart` saying which."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                raise NoStart(f"the {name} ended; the last lines say why")
        time.sleep(LOOKS_EVERY_SECONDS)


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask each process to end, the last one first."""
    for child in reversed(children):
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()


def _program() -> str:
    """How this command line was called, for a reader who copies a line of ours."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "unshackled" else "python -m unshackled"
