"""The stand-in signature service: envelopes and the page where they are signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import (
    Rest,
    StandInError,
    StandInRequest,
    back_to,
    chosen,
    demo_secret,
    hosted,
    hosted_page,
)
from unshackled_adapters.signer.pdf import pdf_of

CUSTOMER_HAS: Final = timedelta(hours=1)
CHOICES: Final = {"sign": "completed", "refuse": "declined"}


@dataclass(kw_only=True)
class Envelope:
    """One envelope; `status` is sent, completed, declined, rejected, expired or voided."""

    envelope: str
    reference: str
    callback_url: str
    return_url: str
    page: str
    heading: str
    lines: dict[str, str]
    expires: datetime
    status: str

    def document(self) -> dict[str, Any]:
        """What the service tells about it."""
        told = {
            "envelope": self.envelope,
            "external_reference": self.reference,
            "status": self.status,
        }
        if self.status == "sent":
            told |= {"signing_url": self.page, "expires": self.expires.isoformat()}
        return told


@dataclass(kw_only=True)
class Signer:
    """The service's books."""

    stand_in: StandIn
    envelopes: dict[str, Envelope] = field(default_factory=dict)
    numbered: dict[str, Envelope] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)

    def send(self, request: StandInRequest) -> Response:
        """Make an envelope and wait for its signer."""
        data = request.data
        if not data["shown_before"]["digest"].startswith("sha256:"):
            raise StandInError(422, "nothing_was_shown_before")
        if "@" not in data["signer"]["email"] or not data["document"]["lines"]:
            raise StandInError(422, "envelope_invalid")
        number = f"ENV-{len(self.envelopes) + 1:06d}"
        void = request.key in self.voided
        made = self.envelopes[request.key] = self.numbered[number] = Envelope(
            envelope=number,
            reference=request.key,
            callback_url=data["callback_url"],
            return_url=data["return_url"],
            page=f"{request.base}/sign/{number}",
            heading=data["document"]["heading"],
            lines=dict(data["document"]["lines"]),
            expires=self.stand_in.now() + CUSTOMER_HAS,
            status="voided" if void else "rejected" if request.mode == "decline" else "sent",
        )
        return answer(made.document(), 201)

    def void(self, request: StandInRequest) -> Response:
        """Make an envelope void, signed or not; one that is sent later is void at once."""
        self.voided.add(request.params["reference"])
        made = self._envelope(request.params["reference"])
        if made.status == "completed":
            self._record("agreement.void", made)
        if made.status in ("completed", "sent"):
            made.status = "voided"
        return answer(made.document())

    def look_up(self, request: StandInRequest) -> Response:
        """An envelope by the sender's reference."""
        return answer(self._envelope(request.params["reference"]).document())

    def document(self, request: StandInRequest) -> Response:
        """What was signed, as a file."""
        made = self.numbered.get(request.params["envelope"])
        if made is None:
            raise StandInError(404, "unknown_envelope")
        if made.status != "completed":
            raise StandInError(409, "not_signed")
        lines = (made.heading, *(" ".join(one) for one in made.lines.items()), made.envelope)
        return Response(pdf_of(lines), media_type="application/pdf")

    async def page(self, request: Request) -> Response:
        """The signing page."""
        made = self._of(request)
        return hosted_page(made.heading, made.lines, {"sign": "Sign", "refuse": "Do not sign"})

    async def choose(self, request: Request) -> Response:
        """The customer's choice on the signing page, `sign` or `refuse`; the first one counts."""
        made, choice = self._of(request), await chosen(request)
        if choice not in CHOICES:
            raise StandInError(422, "choice_must_be_sign_or_refuse")
        if made.status != "sent":
            return back_to(made.return_url)
        made.status = CHOICES[choice]
        if made.status == "completed":
            self._record("agreement.sign", made)
        body = {"event": "envelope.updated"} | made.document()
        secret = demo_secret("SIGNER_CALLBACK_SECRET")
        self.stand_in.send_callback(made.callback_url, body, secret)
        return back_to(made.return_url)

    def _envelope(self, reference: str) -> Envelope:
        made = self.envelopes.get(reference)
        if made is None:
            raise StandInError(404, "unknown_envelope")
        if made.status == "sent" and self.stand_in.now() >= made.expires:
            made.status = "expired"
        return made

    def _of(self, request: Request) -> Envelope:
        made = self.numbered.get(request.path_params["envelope"])
        if made is None:
            raise StandInError(404, "unknown_envelope")
        return self._envelope(made.reference)

    def _record(self, effect: str, envelope: Envelope) -> None:
        self.stand_in.record(effect, envelope.reference, envelope=envelope.envelope)


def make() -> StandIn:
    """A service with no envelopes."""
    stand_in = StandIn(name="signer")
    signer = Signer(stand_in=stand_in)
    rest = Rest(stand_in=stand_in)
    rest.effect("/v1/envelopes", "agreement.sign")(signer.send)
    rest.post("/v1/envelopes/by-reference/{reference}/void", "agreement.void")(signer.void)
    rest.get("/v1/envelopes/by-reference/{reference}", "agreement.look_up")(signer.look_up)
    rest.get("/v1/envelopes/{envelope}/document", "agreement.signed_copy")(signer.document)
    hosted(stand_in, "/sign/{envelope}", show=signer.page, choose=signer.choose)
    return stand_in
