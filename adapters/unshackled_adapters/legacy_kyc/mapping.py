"""Between our request and outcome and the bureau's XML."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled.sdk import Answer, Call, Declined, Outcome, Passed, Pending, xml
from unshackled.sdk.ports import IdentityVerified, VerifyIdentity

# The bureau's reasons; any other one is DEFAULT_DECLINE.
REASONS: Final = {
    "N01": "identity_not_verified",  # name not at address
    "A01": "identity_not_verified",  # under age
    "F01": "identity_not_verified",  # fraud marker
    "S01": "sanctions_hit",
}
DEFAULT_DECLINE: Final = "identity_not_verified"
LEVELS: Final = {"1": "basic", "2": "standard", "3": "enhanced"}

DOCUMENT: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<TrueMatch version="3"><Member number="{member}" password="{password}"/>{body}</TrueMatch>'
)
CHECK: Final = (
    '<Check ourRef="{reference}" product="{product}">'
    "<Person><Forename>{given}</Forename><Surname>{family}</Surname><Born>{born}</Born></Person>"
    "<Address><Line1>{line1}</Line1><Line2>{line2}</Line2><Town>{town}</Town>"
    "<Postcode>{postcode}</Postcode><Country>{country}</Country></Address>"
    "</Check>"
)
ENQUIRY: Final = '<Enquiry ourRef="{reference}"/>'


def document(body: xml.Markup, member: str, password: str) -> str:
    """The whole document, with our credentials as the bureau wants them."""
    return xml.render(DOCUMENT, member=member, password=password, body=body)


def check(request: VerifyIdentity, call: Call, product: str) -> xml.Markup:
    """Who to check."""
    contact, address = request.contact, request.address
    return xml.render(
        CHECK,
        reference=call.reference,
        product=product,
        given=contact.given_name,
        family=contact.family_name,
        born=contact.date_of_birth.isoformat(),
        line1=address.line1,
        line2=address.line2 or "",
        town=address.town,
        postcode=address.postcode,
        country=address.country,
    )


def enquiry(call: Call) -> xml.Markup:
    """Which check we ask about."""
    return xml.render(ENQUIRY, reference=call.reference)


def owns(answer: Answer) -> bool:
    """Whether the bureau said it: an error in its own document."""
    try:
        root = xml.parse(answer.body)
    except ValueError:
        return False
    error = xml.find(root, "Error")
    return xml.local_name(root) == "TrueMatch" and error is not None and "code" in error.attrib


def outcome(body: bytes, poll_after: timedelta) -> Outcome[IdentityVerified]:
    """What a check came to; raises `ValueError` for what is no result."""
    root = xml.parse(body)
    number, result = xml.text(root, "Result/CheckNo"), xml.text(root, "Result/Decision")
    if result == "REFER":
        return Pending(poll_after=poll_after, handle=number)
    if result == "FAIL":
        return Declined(code=REASONS.get(xml.text(root, "Result/Reason"), DEFAULT_DECLINE))
    if result != "PASS":
        raise ValueError("Decision: unknown")
    level = LEVELS.get(xml.text(root, "Result/Band"))
    if level is None:
        raise ValueError("Band: unknown")
    return Passed(output=IdentityVerified(check=number, level=level))
