"""One device counts once: as the trade-in of the package, or as one that a step takes back."""

from __future__ import annotations

from typing import Any

from unshackled.domain.customer import DeviceReturn
from unshackled.domain.package import Selection
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.plan import PlannedStep
from unshackled.messages import say
from unshackled.steps import FieldError


def require_other_device(draft: Draft, step: PlannedStep, device: object) -> None:
    """Refuse a device to take back that is in the package, or that another step takes back."""
    if not isinstance(device, DeviceReturn):
        return
    known = {_digits(imei) for name, imei in _returned(draft) if name != step.name}
    traded = draft.checkout.selection.trade_in
    if traded is not None:
        known.add(_digits(traded.imei))
    if _digits(device.imei) in known:
        raise _twice(draft, f"steps.{step.name}.imei")


def require_other_trade_in(draft: Draft, selection: Selection) -> None:
    """Refuse a trade-in in the package that a step takes back."""
    traded = selection.trade_in
    known = {_digits(imei) for _, imei in _returned(draft)}
    if traded is not None and _digits(traded.imei) in known:
        raise _twice(draft, "package.trade_in.imei")


def _returned(draft: Draft) -> list[tuple[str, Any]]:
    """The steps that take a device back, each with its number."""
    inputs = draft.checkout.private.inputs
    return [
        (step.name, inputs[step.name].get("imei"))
        for step in draft.plan.steps.values()
        if step.definition.output is not None
        and issubclass(step.definition.output, DeviceReturn)
        and inputs.get(step.name) is not None
        and holds(draft.checkout, step) is not False
    ]


def _digits(imei: object) -> str:
    return "".join(filter(str.isdigit, str(imei)))


def _twice(draft: Draft, path: str) -> Rejected:
    code = "device_counted_twice"
    error = FieldError(path=path, code=code, message=say(draft.checkout.locale, code))
    return Rejected("invalid_input", "some fields are wrong", errors=[error])
