"""A case run as the checkout that the engine works on: all but the whole is decided on views."""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.domain.runs import RunView, merge, run_view
from unshackled.flow.plan.plan import Plan

__all__ = ["merge", "view", "whole_of"]


def view(checkout: Checkout, run: str, sale_plan: Plan) -> RunView:
    """The view of a run by name, with what the steps of its sale give; `KeyError` without one."""
    return run_view(checkout, run, sale_plan.output_steps, sale_plan.effect_steps)


def whole_of(checkout: Checkout) -> Checkout:
    """The whole checkout, as it is to be stored, of a view; any other is whole."""
    return merge(checkout) if isinstance(checkout, RunView) else checkout
