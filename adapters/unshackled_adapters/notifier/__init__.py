"""A message sender's REST API: confirmations by e-mail and text message."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded
from unshackled_adapters.notifier.client import NotifierNotification
from unshackled_adapters.notifier.settings import Settings

ADAPTER = Adapter(
    title="Message sender (REST)",
    settings=Settings,
    owns=coded,
    connect=NotifierNotification,
    ports={"notification": lambda client: client},
    doubt={"notification.send": idempotent()},
)

__all__ = ["ADAPTER", "Settings"]
