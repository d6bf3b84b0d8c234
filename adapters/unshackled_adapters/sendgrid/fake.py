"""The stand-in of SendGrid: it takes letters, keeps them, and tells events, signed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import demo_secret
from unshackled_adapters.sendgrid.signature import SIGNATURE, TIMESTAMP

if TYPE_CHECKING:  # the extra: loaded with the first event
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

# The order of the group of NIST P-256.
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
TEMPLATE: Final = "d-" + "0" * 32
UNVERIFIED: Final = "unverified@"
# What the start of an address brings; any other letter is delivered.
FATES: Final[Mapping[str, str]] = {"bounce": "bounce", "dropped": "dropped", "later": "deferred"}


class Wrong(Exception):
    """An error as SendGrid writes it: a status, a message and the field it is about."""

    def __init__(self, status: int, message: str, about: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "field": about}


def _private_key() -> EllipticCurvePrivateKey:
    """The demo key that signs events: made of a well-known word, so that anybody may check."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    seed = demo_secret("SENDGRID_SIGNING_SEED").get_secret_value().encode()
    return derive_private_key(
        int.from_bytes(hashlib.sha256(seed).digest(), "big") % (ORDER - 1) + 1, SECP256R1()
    )


def verifier() -> str:
    """The public key of the demo key, as SendGrid would show it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = _private_key().public_key()
    return base64.b64encode(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def sign(stamp: str, body: bytes) -> str:
    """A signature by the demo key; the same for the same message (RFC 6979)."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    how = ECDSA(SHA256(), deterministic_signing=True)
    return base64.b64encode(_private_key().sign(stamp.encode() + body, how)).decode()


@dataclass(kw_only=True)
class Outbox:
    """What was taken, by its number."""

    stand_in: StandIn
    letters: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def send(self, request: Request, mode: Mode | None) -> Response:
        """Take a letter: 202 without a body, 200 where it is only tried."""
        body = await request.body()
        try:
            return self._take(request, body)
        except Wrong as wrong:
            return answer({"errors": [wrong.error]}, wrong.status)

    def _take(self, request: Request, body: bytes) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key.strip():
            raise Wrong(401, "The provided authorization grant is invalid")
        data = _read(body)
        if data.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Response(status_code=200)
        named = f"letter {len(self.letters) + 1}".encode()
        number = base64.urlsafe_b64encode(hashlib.sha256(named).digest()[:16]).decode().rstrip("=")
        to = data["personalizations"][0]
        self.letters[number] = {"template": data.get("template_id"), "subject": data.get("subject")}
        marks = to.get("custom_args", {})
        self.stand_in.record("notification.send", marks.get("reference", ""), message=number)
        self._tell(number, to["to"][0]["email"], marks)
        return Response(status_code=202, headers={"X-Message-Id": number})

    def _tell(self, number: str, email: str, marks: Mapping[str, str]) -> None:
        """Post the events of a letter in one batch, as the account's webhook wants them."""
        where = marks.get("callback")
        if where is None:
            return
        fate = FATES.get(re.split(r"[^a-z]", email, maxsplit=1)[0], "delivered")
        now = self.stand_in.now()
        events = [
            {
                "email": email,
                "event": event,
                "sg_event_id": f"{event}-{number}",
                "sg_message_id": f"{number}.recvd-5f5fc76c-1-0.0",
                "smtp-id": f"<{number}@geopod-ismtpd-1>",
                "timestamp": int(now.timestamp()),
                **marks,
            }
            for event in ("processed", fate)
        ]
        raw, stamp = orjson.dumps(events) + b"\r\n", str(int(now.timestamp()))
        headers = {
            SIGNATURE: sign(stamp, raw),
            TIMESTAMP: stamp,
            "Content-Type": "application/json",
        }
        self.stand_in.later(self.stand_in.deliver(where, raw, headers))

    async def read(self, request: Request) -> Response:
        """Everything that was taken, without recipients."""
        return answer({"letters": self.letters})


def _read(body: bytes) -> dict[str, Any]:
    """The letter; refuses nonsense as SendGrid does."""
    try:
        data: Any = orjson.loads(body)
        addressed = data["personalizations"]
        recipients = [one["email"] for to in addressed for one in to["to"]]
        sender = data["from"]["email"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Wrong(400, "Bad Request") from None
    if not addressed or not recipients or not all(map(ADDRESS.fullmatch, recipients)):
        raise Wrong(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
    if not ADDRESS.fullmatch(sender) or sender.startswith(UNVERIFIED):
        raise Wrong(403, "The from address does not match a verified Sender Identity.", "from")
    if "template_id" in data:
        if data["template_id"] != TEMPLATE:
            raise Wrong(400, "The template_id must be a valid template id.", "template_id")
    elif not data.get("subject") or not data.get("content"):
        raise Wrong(400, "The subject is required.", "subject")
    return dict(data)


def make() -> StandIn:
    """A SendGrid that has sent nothing."""
    stand_in = StandIn(name="sendgrid")
    stand_in.refusal = lambda status: answer({"errors": [Wrong(status, "no").error]}, status)
    outbox = Outbox(stand_in=stand_in)
    stand_in.route("/v3/mail/send", "notification.send")(outbox.send)
    stand_in.routes.append(Route("/_outbox", outbox.read, methods=["GET"]))
    return stand_in
