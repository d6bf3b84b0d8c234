"""Between our values and SendGrid's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from unshackled.sdk import Answer, BadSignature, Call, Notice, Passed, Refused, Undelivered
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.message_values import BLANK, message_values
from unshackled.sdk.ports import NotificationSent, SendNotification
from unshackled_adapters.sendgrid.settings import Settings

Json = Mapping[str, Any]

# The events of SendGrid having taken a letter. Opens and clicks say no more.
TAKEN: Final = frozenset({"processed", "deferred", "delivered", "bounce", "dropped"})
# The events of a letter that does not arrive, with our word where SendGrid gives no known reason.
LOST: Final = frozenset({"bounce", "dropped"})
UNREACHED: Final[Mapping[str, str]] = {"bounce": "unreachable", "dropped": "undelivered"}
# `reason` of a dropped letter.
DROPPED: Final[Mapping[str, str]] = {
    "bounced address": "unreachable",
    "invalid": "unknown_recipient",
    "spam reporting address": "opted_out",
    "unsubscribed address": "opted_out",
}
# An enhanced status code of mail (RFC 3463), or its reply code.
STATUS: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}|[245][0-9]{2}")
DYNAMIC: Final = re.compile(r"d-[0-9a-fA-F]{32}")
ANY_LOCALE: Final = "*"
# What a try without sending is numbered with.
SANDBOX: Final = "sandbox"


def letter(
    request: SendNotification, call: Call, settings: Settings, provider: str
) -> dict[str, Any]:
    """The body of a letter; raises `Refused` where there is no text for it."""
    text = _text(settings.templates.get(request.template, {}), call.locale)
    if text is None:
        raise _refused(provider, "no_such_template")
    values = message_values(request, call)
    to: dict[str, Any] = {"to": [{"email": request.contact.email}]}
    sender = {"email": settings.sender, "name": settings.sender_name}
    body: dict[str, Any] = {"from": {key: value for key, value in sender.items() if value}}
    if settings.events:
        to["custom_args"] = {"reference": call.reference, "callback": call.callback_url}
    if call.dry_run:
        body["mail_settings"] = {"sandbox_mode": {"enable": True}}
    if DYNAMIC.fullmatch(text):
        to["dynamic_template_data"] = values
        return body | {"personalizations": [to], "template_id": text}
    missing = set(BLANK.findall(text)) - set(values)
    if missing:
        needed = "an_order" if "order" in missing else "a_schedule"
        needed = "documents" if missing == {"documents"} else needed
        raise _refused(provider, f"letter_needs_{needed}")
    subject, _, content = text.partition("\n")
    body["subject"] = " ".join(_filled(subject, values).split())
    body["content"] = [{"type": "text/plain", "value": _filled(content.strip() or subject, values)}]
    return body | {"personalizations": [to]}


def _text(locales: Mapping[str, str], locale: str) -> str | None:
    """The letter for a locale: its own, its language's, or anybody's."""
    wanted = (locale, locale.partition("-")[0], ANY_LOCALE)
    return next((locales[one] for one in wanted if one in locales), None)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return BLANK.sub(lambda blank: values[blank[1]], text)


def _refused(provider: str, code: str) -> Refused:
    return Refused(f"{provider}: {code}", provider=provider, code=code)


def owns(answer: Answer) -> bool:
    """Whether SendGrid said it: a list of its errors, which say a message and a field."""
    data = object_of(answer)
    if not has(data, beside=("id",), errors=list) or not data["errors"]:
        return False
    known = ("error_id", "field", "help")
    return all(has(one, beside=known, message=str) for one in data["errors"])


def sent(answer: Answer, *, dry_run: bool) -> Passed[NotificationSent]:
    """The letter that SendGrid took: its number is in a header; a try has none."""
    number = SANDBOX if dry_run else answer.headers.get("X-Message-Id", "")
    if not number or answer.body or answer.status != (200 if dry_run else 202):
        raise answer.malformed("no message number")
    return Passed(output=NotificationSent(message=number))


def notices(body: bytes, url: str) -> tuple[Notice, ...]:
    """What a batch of events says of letters: that they were taken, and those that did not arrive.

    Raises `BadSignature` for other shapes.

    An account's events are told to each of its webhooks: those of letters that report elsewhere,
    or are not ours, are left out.
    """
    try:
        events = orjson.loads(body)
        ours = [event for event in events if _is_ours(event, url)]
        taken = {notice.reference: notice for notice in map(_notice, ours)}
        lost = {event["reference"]: _lost(event) for event in ours if event["event"] in LOST}
    except (ValueError, TypeError, AttributeError):
        raise BadSignature("events of unexpected shape") from None
    return (*taken.values(), *lost.values())


def _is_ours(event: Json, url: str) -> bool:
    marked = event.get("callback") == url and isinstance(event.get("reference"), str)
    return marked and event.get("event") in TAKEN and isinstance(event.get("sg_message_id"), str)


def _lost(event: Json) -> Notice:
    """A letter that bounced or was dropped; SendGrid's sentence may name the customer."""
    status = str(event.get("status", "")).strip()
    code = status if STATUS.fullmatch(status) else event["event"]
    reason = DROPPED.get(str(event.get("reason", "")).strip().lower(), UNREACHED[event["event"]])
    return Notice(reference=event["reference"], outcome=Undelivered(code=reason, vendor_code=code))


def _notice(event: Json) -> Notice:
    """`sg_message_id` goes on after the number that the answer had, behind a full stop."""
    number = event["sg_message_id"].partition(".")[0]
    outcome = Passed(output=NotificationSent(message=number))
    return Notice(reference=event["reference"], outcome=outcome)
