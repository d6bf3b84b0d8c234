"""The stand-in of Twilio: it takes messages, keeps them, and reports on them, signed."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Handler, Mode, StandIn, answer
from unshackled.sdk.standin_rest import demo_secret
from unshackled_adapters.twilio.segments import segments
from unshackled_adapters.twilio.signature import HEADER, sign

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
BASIC: Final = re.compile(r"Basic ([A-Za-z0-9+/]+={0,2})")
CONTENT: Final = "HX" + "0" * 32
LONGEST: Final = 1600
# Twilio's own test numbers, and the code that each is answered with.
TO: Final[Mapping[str, int]] = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
FROM: Final[Mapping[str, int]] = {
    "+15005550001": 21212,
    "+15005550007": 21606,
    "+15005550008": 21611,
}
UNREACHABLE: Final = ("999", 30003)


class Wrong(Exception):
    """An error as Twilio writes it: a status and its code."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(kw_only=True)
class Outbox:
    """What was taken, by its SID."""

    stand_in: StandIn
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def send(self, account: str, form: Mapping[str, str]) -> Response:
        """Take a message: 201, and its reports follow."""
        to, sender = form.get("To", ""), form.get("From") or form.get("MessagingServiceSid")
        text = self._text(form)
        _check(to, sender, text)
        number = f"{account}/{len(self.messages) + 1}"
        sid = f"SM{hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()}"
        path = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
        now = format_datetime(self.stand_in.now())
        service = form.get("MessagingServiceSid")
        made: dict[str, Any] = {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": text,
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": "0" if service else str(segments(text)),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": to,
            "uri": f"{path}.json",
        }
        self.messages[sid] = made
        where = form.get("StatusCallback", "")
        reference = parse_qs(urlsplit(where).query).get("reference", [""])[0]
        self.stand_in.record("notification.send", reference, message=sid)
        taken = answer(made, 201)
        for status in ("sent", "undelivered" if to.endswith(UNREACHABLE[0]) else "delivered"):
            self._report(made, status, where)
        return taken

    def _text(self, form: Mapping[str, str]) -> str:
        if "ContentSid" not in form:
            return form.get("Body", "")
        if form["ContentSid"] != CONTENT:
            raise Wrong(400, 21655)
        return f"A content template with {form.get('ContentVariables', '{}')}"

    def _report(self, text: dict[str, Any], status: str, where: str) -> None:
        text["status"] = status
        text["error_code"] = UNREACHABLE[1] if status == "undelivered" else None
        if not where:
            return
        form = {
            "AccountSid": text["account_sid"],
            "ApiVersion": text["api_version"],
            "From": text["from"] or "+15005550006",
            "MessageSid": text["sid"],
            "MessageStatus": status,
            "SmsSid": text["sid"],
            "SmsStatus": status,
            "To": text["to"],
        }
        if text["error_code"]:
            form["ErrorCode"] = str(text["error_code"])
        signed = sign(demo_secret("TWILIO_AUTH_TOKEN"), where, form.items())
        headers = {HEADER: signed, "Content-Type": "application/x-www-form-urlencoded"}
        sending = self.stand_in.deliver(where, urlencode(form).encode(), headers)
        self.stand_in.later(sending)

    def fetch(self, account: str, sid: str) -> Response:
        """One message by Twilio's SID."""
        made = self.messages.get(sid)
        if made is None or made["account_sid"] != account:
            raise Wrong(404, 20404)
        return answer(made)


def _check(to: str, sender: str | None, text: str) -> None:
    """Refuse what Twilio refuses, in its order: recipient, sender, text."""
    if not to:
        raise Wrong(400, 21604)
    if to in TO or not E164.fullmatch(to):
        raise Wrong(400, TO.get(to, 21211))
    if not sender:
        raise Wrong(400, 21603)
    if sender in FROM:
        raise Wrong(400, FROM[sender])
    if not text:
        raise Wrong(400, 21602)
    if len(text) > LONGEST:
        raise Wrong(400, 21617)


def _served(outbox: Outbox, *, sends: bool) -> Handler:
    async def serve(request: Request, mode: Mode | None) -> Response:
        account = request.path_params["account"]
        try:
            _authenticate(request, account)
            if not sends:
                return outbox.fetch(account, request.path_params["sid"])
            found = parse_qs((await request.body()).decode())
            return outbox.send(account, {key: values[0] for key, values in found.items()})
        except Wrong as wrong:
            return _error(wrong.status, wrong.code)

    return serve


def _error(status: int, code: int = 20001) -> Response:
    body = {
        "code": code,
        "message": "A stand-in said no.",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return answer(body, status)


def _authenticate(request: Request, account: str) -> None:
    """Any API key (SK…), or the account itself."""
    given = BASIC.fullmatch(request.headers.get("authorization", ""))
    user = b64decode(given[1]).decode().partition(":")[0] if given else ""
    if not user or (user.startswith("AC") and user != account):
        raise Wrong(401, 20003)


def make() -> StandIn:
    """A Twilio that has sent nothing."""
    stand_in = StandIn(name="twilio")
    stand_in.refusal = _error
    outbox = Outbox(stand_in=stand_in)
    base = "/2010-04-01/Accounts/{account}/Messages"
    stand_in.route(f"{base}.json", "notification.send")(_served(outbox, sends=True))
    stand_in.route(f"{base}/{{sid}}.json", "notification.fetch", "GET")(
        _served(outbox, sends=False)
    )
    return stand_in
