"""Between our values and the message sender's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unshackled.sdk import Call, Outcome, Passed
from unshackled.sdk.message_values import message_values
from unshackled.sdk.ports import NotificationSent, SendNotification
from unshackled.sdk.texts import word


def message(request: SendNotification, call: Call, *, sender: str, channel: str) -> dict[str, Any]:
    """The body of a message; the sender writes its text from the template."""
    contact = request.contact
    return {
        "client_reference": call.reference,
        "from": sender,
        "channel": channel,
        "to": contact.email if channel == "email" else contact.phone,
        "locale": call.locale,
        "template": request.template,
        "values": message_values(request, call),
    }


def sent(data: Mapping[str, Any]) -> Outcome[NotificationSent]:
    """The message that was accepted for sending; one without our reference is nobody's."""
    if not isinstance(data["client_reference"], str):
        raise TypeError("client_reference")
    return Passed(output=NotificationSent(message=word(data["message"])))
