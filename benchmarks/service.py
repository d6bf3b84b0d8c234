"""The real service on the flows of this folder: logs, metrics and 1 % traces, as in production."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import SecretStr

from unshackled.adapter_registry import find
from unshackled.app import Overrides, Service, build
from unshackled.demo_mode import demo_environment
from unshackled.flow.plan.registry import load_flows
from unshackled.gc_tuning import tune_collector
from unshackled.http.auth.credentials import SCOPES, hashed, key_text
from unshackled.outbound.http_transport import Transport
from unshackled.settings import ServiceSettings
from unshackled.store.stored_records import StoredKey
from unshackled.telemetry import configure_logging
from unshackled.testing.known_keys import MASTER_KEY

FLOWS: Final = Path(__file__).parent / "flows"
RETAILER: Final = "bench"
SECRET: Final = "bench-only-secret"  # noqa: S105
KEY: Final = key_text("secret", RETAILER, "bench", SECRET, livemode=True)


def stored_key(now: datetime) -> StoredKey:
    """The retailer's key, as its store has it."""
    return StoredKey(
        id="bench",
        retailer=RETAILER,
        kind="secret",
        secret_hash=hashed(SECRET),
        scopes=SCOPES,
        created_at=now,
    )


def service(
    *,
    backends: str,
    store: str,
    address: str = "http://127.0.0.1:1",
    broker: str = "embedded:",
    flows: Path = FLOWS,
    transport: Transport | None = None,
    lines: BinaryIO | None = None,
) -> Service:
    """Built on the store of a URL; its log lines are encoded, and thrown away without `lines`."""
    nowhere = Path(os.devnull).open("wb") if lines is None else lines  # noqa: SIM115
    configure_logging(file=nowhere, for_good=lines is None)
    shelf = find()
    book = load_flows(flows, shelf)
    settings = ServiceSettings(
        flows=flows,
        store=store,
        public_url=address,
        broker=broker,
        master_key=SecretStr(MASTER_KEY),
    )
    environ = demo_environment(book.retailers, backends, shelf)
    built = build(settings, Overrides(environ=environ, transport=transport))
    tune_collector()
    return built
