"""Settings of the TM Forum adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """How to reach a BSS with TM Forum Open APIs: `base_url` is what their paths are below."""

    api_key: SecretStr = Field(
        default=SecretStr(""), description="Key sent as a bearer token, where there is no OAuth."
    )
    client_id: str = Field(default="", description="OAuth client; empty sends the key instead.")
    client_secret: SecretStr = Field(
        default=SecretStr(""), description="Fetches access tokens by client credentials."
    )
    token_path: str = Field(default="/oauth2/token", description="Token endpoint.")
    scope: str | None = Field(default=None, description="Scope of the access tokens.")
    catalogue_path: str = Field(
        default="/tmf-api/productCatalogManagement/v4", description="Where TMF620 is."
    )
    order_path: str = Field(
        default="/tmf-api/productOrderingManagement/v4", description="Where TMF622 is."
    )
    service_path: str = Field(default="/tmf-api/serviceOrdering/v4", description="Where TMF641 is.")
    stock_path: str = Field(default="/tmf-api/stock/v4", description="Where TMF687 is.")
    qualification_path: str = Field(
        default="/tmf-api/productOfferingQualification/v4",
        description="Where TMF679 is, which dry runs of orders ask.",
    )
    catalogue: str = Field(default="retail", description="Id of the catalogue that is sold from.")
    channel: str = Field(default="checkout", description="Sales channel the orders belong to.")
    page: int = Field(default=100, ge=1, description="Offerings asked for at a time.")
    poll_after: timedelta = Field(
        default=timedelta(seconds=10), description="When to ask again about what is under way."
    )
    index_lag: timedelta = Field(
        default=timedelta(0),
        description="How long a new order may be missing from the backend's filtered lists.",
    )
    listen: bool = Field(
        default=False, description="Register our callback address at the hubs, once a process."
    )
    listener_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Makes the part of our callback address that strangers cannot guess.",
    )
