"""An account is a retailer in one mode: `northstar` is live, `northstar:test` is its sandbox.

Whatever is kept, listed, measured, limited or sent for a retailer is one account's: so nothing of
one mode is ever found, reached or counted in the other. No retailer's id has a colon in it.
"""

from __future__ import annotations

from typing import Final

TEST: Final = ":test"


def account_of(retailer: str, *, livemode: bool) -> str:
    """The account of a retailer in a mode, e.g. `northstar:test`."""
    return retailer if livemode else retailer + TEST


def retailer_of(account: str) -> str:
    """Whose account it is, e.g. `northstar`."""
    return account.removesuffix(TEST)


def is_live(account: str) -> bool:
    """Whether its money is real."""
    return not account.endswith(TEST)


def accounts_of(retailer: str) -> tuple[str, str]:
    """Both accounts of a retailer, the live one first."""
    return retailer, retailer + TEST
