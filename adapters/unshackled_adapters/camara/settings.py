"""Settings of the CAMARA adapter."""

from __future__ import annotations

from unshackled import sdk
from unshackled.sdk import Field, SecretStr

# Exactly one purpose (`dpv:`) beside the scopes of both interfaces.
SCOPE = "dpv:FraudPreventionAndDetection sim-swap kyc-match:match"


class Settings(sdk.Settings):
    """How to reach an operator, or an aggregator of operators: `base_url` is its API root."""

    client_id: str = Field(description="The client's name, agreed on with the operator.")
    client_secret: SecretStr = Field(description="Fetches access tokens by client credentials.")
    token_path: str = Field(
        default="/oauth2/token", description="Token endpoint below the API root."
    )
    scope: str = Field(default=SCOPE, description="One purpose and the scopes, space separated.")
    sim_swap_path: str = Field(
        default="/sim-swap/v2", description="Where SIM Swap is below the API root."
    )
    kyc_match_path: str = Field(
        default="/kyc-match/v0.4", description="Where KYC Match is below the API root."
    )
    by_date: bool = Field(
        default=False,
        description="Always ask for the date of the last swap, where `check` is not offered.",
    )
