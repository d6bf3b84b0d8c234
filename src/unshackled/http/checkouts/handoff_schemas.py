"""What requests and answers about links to a checkout look like."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from unshackled.http.described import Described


class Handoff(Described):
    """A link that opens the checkout once, in one browser."""

    url: str = Field(
        description="Send the customer's browser here: the checkout page, with the secret in the"
        " fragment, which browsers send to no server."
    )
    secret: str = Field(
        description="What the page redeems: for an app, or a page of your own that is embedded."
    )
    expires_at: datetime


class NewHandoff(Described):
    """Another link to a checkout."""

    handoff: Handoff


class NewDeviceLink(Described):
    """Ask for a link to another device: an empty object, sent as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DeviceLink(Described):
    """A link by which the customer goes on at another device, and as a picture for its camera."""

    url: str
    expires_at: datetime
    qr_svg: str = Field(description="The link as a QR code: an SVG image, whole.")


class RedeemHandoff(Described):
    """Open a checkout by the secret of its link."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    secret: str = Field(
        min_length=1, max_length=256, description="What stands in the fragment: `ho_…`."
    )
    credential: Literal["cookie", "bearer"] = Field(
        default="cookie",
        description="A browser gets an HttpOnly cookie for this checkout alone, from our own page;"
        " an app, or a page of the retailer's `origins`, gets a token to send as Bearer.",
    )
    embedded: bool = Field(
        default=False,
        description="The page is in a frame of another site: a cookie that is kept for that site"
        " alone (`SameSite=None; Secure; Partitioned`).",
    )


class RedeemedHandoff(Described):
    """The checkout that the link opened."""

    checkout: str
    href: str
    expires_at: datetime = Field(description="How long the credential counts.")
    customer_token: str | None = Field(
        default=None, description="Only where `bearer` was asked for; a cookie's is in no body."
    )


class ResultLink(Described):
    """The shop's page with `result`, which says how the checkout ended and is signed."""

    url: str = Field(description="The return URL with `checkout` and `result` in its query.")
    expires_at: datetime = Field(description="Read the checkout again for a new one.")


class PublishedKeys(Described):
    """A JWK set (RFC 7517): the public keys of those that sign results."""

    keys: list[dict[str, str]] = Field(max_length=2)


class ShopPage(Described):
    """Where a customer gets a new link."""

    name: str
    url: str | None = Field(description="With the checkout's id in its query; null without one.")


HANDOFF_ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    Handoff,
    NewHandoff,
    DeviceLink,
    RedeemedHandoff,
    PublishedKeys,
)
HANDOFF_REQUESTS: Final[tuple[type[BaseModel], ...]] = (RedeemHandoff, NewDeviceLink)
