"""Between our values and Twilio's forms and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from unshackled.sdk import (
    Answer,
    BadSignature,
    Call,
    InDoubt,
    Notice,
    NotSent,
    Passed,
    Refused,
    Undelivered,
)
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.message_values import BLANK, message_values
from unshackled.sdk.ports import NotificationSent, SendNotification
from unshackled.sdk.texts import word
from unshackled_adapters.twilio.segments import segments
from unshackled_adapters.twilio.settings import Settings

Json = Mapping[str, Any]

# Twilio writes its own code into the body of these.
REFUSALS: Final = (400, 403, 404)
# Twilio's codes and our word for each; any other one is DEFAULT_REFUSAL.
CODES: Final[Mapping[int, str]] = {
    20003: "not_authenticated",
    20404: "no_such_account",
    21211: "invalid_number",
    21212: "invalid_sender",
    21408: "country_not_enabled",
    21604: "number_missing",
    21606: "sender_cannot_text",
    21608: "trial_account",
    21609: "invalid_callback_address",
    21610: "opted_out",
    21612: "not_reachable_from_sender",
    21614: "no_mobile_number",
    21617: "text_too_long",
    21655: "no_such_content_template",
    21660: "sender_of_another_account",
    21703: "empty_sender_pool",
}
DEFAULT_REFUSAL: Final = "refused_by_twilio"
# The sender's queue is full: nothing was taken, and later there is room again.
QUEUE_FULL: Final = 21611
# How a message ends that does not arrive, and our word for Twilio's reason.
LOST: Final = frozenset({"canceled", "failed", "undelivered"})
ERROR_CODE: Final = re.compile(r"[0-9]{5}")
REASONS: Final[Mapping[str, str]] = {
    "21610": "opted_out",
    "30003": "unreachable",
    "30004": "opted_out",
    "30005": "unknown_recipient",
    "30006": "unknown_recipient",
    "30007": "filtered",
}
DEFAULT_REASON: Final = "undelivered"
CONTENT: Final = re.compile(r"HX[0-9a-fA-F]{32}")
SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")
ANY_LOCALE: Final = "*"
ADVANCE_NOTICE: Final = "direct_debit_advance_notice"
# What the variables of a content template are: the first two, or all for the advance notice.
NUMBERED: Final = (
    "given_name",
    "order",
    "mandate",
    "first_payment_date",
    "first_payment_amount",
    "payments_count",
)


def message(
    request: SendNotification, call: Call, settings: Settings, provider: str
) -> dict[str, str]:
    """The form of a message; raises `Refused` where there is no text for it."""
    text = _text(settings.templates.get(request.template, {}), call.locale)
    if text is None:
        raise _refused(provider, "no_such_template")
    sender = "MessagingServiceSid" if SERVICE.fullmatch(settings.sender) else "From"
    form = {"To": request.contact.phone, sender: settings.sender}
    if settings.status_callbacks:
        form["StatusCallback"] = report_to(call)
    values = message_values(request, call)
    if CONTENT.fullmatch(text):
        names = NUMBERED if request.template == ADVANCE_NOTICE else NUMBERED[:2]
        return form | {"ContentSid": text, "ContentVariables": _variables(names, values)}
    missing = set(BLANK.findall(text)) - set(values)
    if missing:
        needed = "an_order" if "order" in missing else "a_schedule"
        needed = "documents" if missing == {"documents"} else needed
        raise _refused(provider, f"text_needs_{needed}")
    body = BLANK.sub(lambda blank: values[blank[1]], text)
    if segments(body) > settings.max_segments:
        raise _refused(provider, "text_too_long")
    return form | {"Body": body}


def report_to(call: Call) -> str:
    """Where Twilio reports: our reference is in the address, and so in the signature."""
    return f"{call.callback_url}?{urlencode({'reference': call.reference})}"


def _text(locales: Mapping[str, str], locale: str) -> str | None:
    """The text for a locale: its own, its language's, or anybody's."""
    wanted = (locale, locale.partition("-")[0], ANY_LOCALE)
    return next((locales[one] for one in wanted if one in locales), None)


def _variables(names: Sequence[str], values: Mapping[str, str]) -> str:
    """By number, in order, without what there is not."""
    numbered = {str(n): values.get(name, "") for n, name in enumerate(names, start=1)}
    return json.dumps({key: value for key, value in numbered.items() if value})


def owns(answer: Answer) -> bool:
    """Whether Twilio said it: an error that repeats the status and names its own page."""
    data = object_of(answer)
    known = has(data, code=int, message=str, more_info=str, status=int)
    return known and data["status"] == answer.status


def judge(answer: Answer) -> None:
    """Raise for an answer that took no message; Twilio's own code says why."""
    if answer.status not in REFUSALS:
        return
    code = _code(answer)
    if code == QUEUE_FULL:
        raise NotSent(f"{answer.provider}: the sender's queue is full", provider=answer.provider)
    raise _refused(answer.provider, CODES.get(code, DEFAULT_REFUSAL), answer.status)


def _code(answer: Answer) -> int:
    try:
        return int(answer.json()["code"])
    except (InDoubt, KeyError, TypeError, ValueError):
        return 0


def _refused(provider: str, code: str, status: int | None = None) -> Refused:
    said = f"status {status}: " if status else ""
    return Refused(f"{provider}: {said}{code}", provider=provider, code=code)


def sent(data: Json) -> Passed[NotificationSent]:
    """The message that Twilio took; it is queued, sent or on its way."""
    if not data["sid"]:
        raise ValueError("sid")
    return Passed(output=NotificationSent(message=word(data["sid"])))


def notices(pairs: Mapping[str, str], url: str, account: str) -> tuple[Notice, ...]:
    """That Twilio took the message, and that it did not arrive; raises `BadSignature`."""
    references = parse_qs(urlsplit(url).query).get("reference", [])
    sid = pairs.get("MessageSid")
    if len(references) != 1 or not sid or pairs.get("AccountSid") != account:
        raise BadSignature("callback of unexpected shape")
    taken = Notice(reference=references[0], outcome=sent({"sid": sid}))
    status = pairs.get("MessageStatus") or pairs.get("SmsStatus") or ""
    if status.lower() not in LOST:
        return (taken,)
    code = pairs.get("ErrorCode", "")
    why = Undelivered(
        code=REASONS.get(code, DEFAULT_REASON),
        vendor_code=code if ERROR_CODE.fullmatch(code) else None,
    )
    return (taken, Notice(reference=references[0], outcome=why))
