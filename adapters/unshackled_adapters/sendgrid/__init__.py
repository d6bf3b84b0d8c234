"""Twilio SendGrid: letters by e-mail."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, manual
from unshackled_adapters.sendgrid.client import SendGridNotification, callback
from unshackled_adapters.sendgrid.mapping import owns
from unshackled_adapters.sendgrid.settings import Settings

ADAPTER = Adapter(
    title="Twilio SendGrid Mail Send",
    settings=Settings,
    owns=owns,
    connect=SendGridNotification,
    ports={"notification": lambda client: client},
    doubt={"notification.send": manual()},
    callback=callback,
    acknowledgement=b"",
    api=Api(
        name="SendGrid Mail Send and Event Webhook",
        version="v3",
        checked=date(2026, 11, 22),
        documents="https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",
        licence="MIT",
    ),
    hosts=("api.sendgrid.com", "api.eu.sendgrid.com"),
    dry_runs=frozenset({"notification.send"}),
    marks=Marks(
        headers=("X-Message-Id",),
        request_ids=("id",),
        codes=("errors.0.error_id", "errors.0.field"),
    ),
)

__all__ = ["ADAPTER", "Settings"]
