"""The proofs: what must hold of every flow before it may run."""

from __future__ import annotations

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.proofs.proof_of_amounts import some_amount_taken
from unshackled.flow.plan.proofs.proof_of_cases import (
    case_operations_allowed,
    case_sells_nothing,
    no_case_operations,
    opening_total,
    window_lawful,
)
from unshackled.flow.plan.proofs.proof_of_consent import search_consented
from unshackled.flow.plan.proofs.proof_of_delivery import sent_to_address
from unshackled.flow.plan.proofs.proof_of_dispatch import charged_on_dispatch
from unshackled.flow.plan.proofs.proof_of_effects import (
    after_pivot_no_declines,
    before_pivot_all_undoable,
    best_effort_leaves_nothing,
    documents_before_agreement,
    one_hard_search,
)
from unshackled.flow.plan.proofs.proof_of_ends import confirm_certain, flow_ends, pivot_certain
from unshackled.flow.plan.proofs.proof_of_lifetimes import lifetimes_last
from unshackled.flow.plan.proofs.proof_of_selling import (
    paid_once,
    parts_carried,
    prices_collected,
    sells_said,
)
from unshackled.flow.plan.proofs.proof_of_upgrades import upgrades_settled
from unshackled.flow.plan.proofs.proof_of_values import (
    cases_few,
    conditions_total,
    facts_present,
    rules_total,
)
from unshackled.flow.plan.resolved_flow import ResolvedFlow

PROOFS = (
    no_case_operations,
    flow_ends,
    pivot_certain,
    confirm_certain,
    before_pivot_all_undoable,
    after_pivot_no_declines,
    best_effort_leaves_nothing,
    documents_before_agreement,
    one_hard_search,
    search_consented,
    conditions_total,
    rules_total,
    facts_present,
    sells_said,
    parts_carried,
    prices_collected,
    paid_once,
    sent_to_address,
    charged_on_dispatch,
    some_amount_taken,
    lifetimes_last,
    upgrades_settled,
)
# What holds of a case flow: it has no yes, no price and no search of its own.
CASE_PROOFS = (
    case_sells_nothing,
    case_operations_allowed,
    window_lawful,
    flow_ends,
    pivot_certain,
    before_pivot_all_undoable,
    after_pivot_no_declines,
    best_effort_leaves_nothing,
    documents_before_agreement,
    opening_total,
    conditions_total,
    rules_total,
    facts_present,
    lifetimes_last,
)


def check(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Run every proof; each notes all that breaks it."""
    if not cases_few(layout, report):
        return
    for proof in PROOFS if layout.case is None else CASE_PROOFS:
        proof(layout, report)
