"""Settings of the Onfido adapter."""

from __future__ import annotations

from datetime import timedelta

from unshackled import sdk
from unshackled.sdk import Field, SecretStr


class Settings(sdk.Settings):
    """The retailer's account at Onfido, and the workflow that customers go through."""

    base_url: str = Field(
        default="https://api.eu.onfido.com",
        description="Where the API of the account's region is, without the version: eu, us or ca.",
    )
    api_token: SecretStr = Field(description="A live or sandbox token of the account's region.")
    webhook_token: SecretStr = Field(
        description="The token that signs the webhook's events.",
        examples=["demo-only-onfido-webhook-token"],
    )
    workflow_id: str = Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The Studio workflow that is run, a UUID.",
        examples=["00000000-0000-4000-8000-000000000001"],
    )
    level: str = Field(
        default="document_and_face",
        description="What an approved run of this workflow proves, in the retailer's words.",
    )
    sanctions_reasons: tuple[str, ...] = Field(
        default=(),
        description="Reasons of a declined run, as the workflow says them, that mean sanctions.",
    )
    link_lives: timedelta | None = Field(
        default=None,
        gt=timedelta(0),
        description="How long the customer may open the page; as the vendor has it if absent.",
    )
    poll_after: timedelta = Field(
        default=timedelta(minutes=1), description="How soon to ask again about a run."
    )
