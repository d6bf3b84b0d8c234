"""Which code customers read in place of the one that operators read.

What could tip off a fraudster, or says why a lender refused, becomes neutral; so does any code
that no catalogue has a sentence for, e.g. of a retailer's own adapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.domain.checkout import StepState
from unshackled.domain.states import DATA_REFUSED, DECLINE_CODED, S, State
from unshackled.flow.plan.plan import PlannedStep
from unshackled.flow.plan.sums import AMOUNT_NOT_TAKEN
from unshackled.messages import known

# States that are told as such, whatever the reason is.
_AS_STATE: Final[Mapping[State, str]] = {
    S.IN_REVIEW: "in_review",
    S.FAILED: "in_review",
    S.IN_DOUBT: "in_doubt",
    S.UNDOING: "being_undone",
    S.UNDO_FAILED: "undo_failed",
}
_EVERYWHERE: Final = frozenset(
    {"timed_out", DATA_REFUSED, AMOUNT_NOT_TAKEN, "provider_unavailable", "in_doubt"}
)
# Capabilities that tell only these codes, and what they tell for all others.
_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "credit": frozenset({"agreement_not_found", "agreement_settled", "other_terms"}),
    "identity": frozenset({"identity_not_verified"}),
    "fraud": frozenset(),
}
_NEUTRAL: Final[Mapping[str, str]] = {
    "credit": "credit_declined",
    "identity": "identity_not_verified",
    "payment": "card_declined",
    "mandate": "invalid_bank_account",
    "stock": "out_of_stock",
    "agreement": "signature_refused",
    "address": "address_not_found",
    "delivery": "not_deliverable",
}


def declined_code(step: PlannedStep, code: str | None) -> str:
    """The code of a decline as customers read it."""
    operation = step.definition.operation
    capability = operation.capability if operation is not None else ""
    if code in _EVERYWHERE and code is not None:
        return code
    neutral = _NEUTRAL.get(capability, "declined")
    if code == "declined":
        return neutral if capability in _ONLY else code
    allowed = _ONLY.get(capability)
    if code is None or not known(code) or (allowed is not None and code not in allowed):
        return neutral
    return code


def told_code(step: PlannedStep, state: StepState) -> str | None:
    """The code of a step as customers read it; None where there is nothing to tell."""
    if state.state in _AS_STATE:
        return _AS_STATE[state.state]
    if state.state in DECLINE_CODED and state.code is not None:
        return declined_code(step, state.code)
    return state.code if state.code in _EVERYWHERE and state.state is S.READY else None
