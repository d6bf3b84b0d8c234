"""Settings of the Dropbox Sign adapter."""

from __future__ import annotations

from typing import Self

from unshackled import sdk
from unshackled.sdk import Field, SecretStr, model_validator


class Settings(sdk.Settings):
    """The retailer's account, template and way of signing."""

    base_url: str = Field(
        default="https://api.hellosign.com",
        description="Where the API is, without the version and without a trailing slash.",
    )
    api_key: SecretStr = Field(description="An API key of the account.")
    callback_key: SecretStr = Field(
        description="The account's primary API key, which signs the events; often the same.",
        examples=["demo-only-dropbox-sign-api-key"],
    )
    template_id: str = Field(
        default="agreement",
        description="The template that is signed; its merge fields are in the README.",
    )
    signer_role: str = Field(default="Customer", description="The customer's role in the template.")
    title: str = Field(
        default="Fixed Sum Loan Agreement regulated by the Consumer Credit Act 1974",
        description="Title of the request and subject of its e-mail (SI 2010/1014).",
        max_length=255,
    )
    test_mode: bool = Field(
        default=False, description="Requests without legal value, free of charge, watermarked."
    )
    client_id: str | None = Field(
        default=None, description="The API app: its branding, its event address, its domain."
    )
    signing_page: str | None = Field(
        default=None,
        description="A page of the retailer that embeds the signing; without it, by e-mail.",
    )
    keep_signed: bool = Field(
        default=False,
        description="Leave a signed request in the account when its agreement is undone.",
    )

    @model_validator(mode="after")
    def _embedding_needs_an_app(self) -> Self:
        if self.signing_page and not self.client_id:
            raise ValueError("signing_page needs client_id")
        return self
