"""Acme's text messages: a whole adapter in one folder."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded

from .client import AcmeText, Settings

ADAPTER = Adapter(
    title="Acme text messages",
    settings=Settings,
    connect=AcmeText,
    owns=coded,
    ports={"notification": lambda client: client},
    doubt={"notification.send": idempotent()},
)
