"""Twilio Programmable Messaging: text messages."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, manual
from unshackled_adapters.twilio.client import TwilioNotification, callback
from unshackled_adapters.twilio.mapping import owns
from unshackled_adapters.twilio.settings import Settings

ADAPTER = Adapter(
    title="Twilio Programmable Messaging",
    settings=Settings,
    owns=owns,
    connect=TwilioNotification,
    ports={"notification": lambda client: client},
    doubt={"notification.send": manual()},
    callback=callback,
    acknowledgement=b"",
    api=Api(
        name="Twilio Messages",
        version="2010-04-01",
        checked=date(2026, 11, 22),
        documents="https://www.twilio.com/docs/messaging/api/message-resource",
        licence="MIT",
    ),
    hosts=("api.twilio.com",),
    marks=Marks(headers=("Twilio-Request-Id",), codes=("code", "error_code")),
)

__all__ = ["ADAPTER", "Settings"]
