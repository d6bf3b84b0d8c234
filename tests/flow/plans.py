"""Small plans by hand, so that the engine's tests need no YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from typing import Any, get_args, get_type_hints

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import CaseHistory
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.facts import Fact
from unshackled.flow.language.policy import Policy
from unshackled.flow.plan.condition_variables import PURCHASE, Vocabulary
from unshackled.flow.plan.plan import (
    CHECKOUT_FACTS,
    FromCase,
    FromCheckout,
    FromLiteral,
    FromSale,
    FromStep,
    Plan,
    PlannedStep,
    Source,
)
from unshackled.ports.operation import Operation
from unshackled.steps import KindContext, kinds


@dataclass(frozen=True)
class When:
    """A condition in Python."""

    test: Callable[[Mapping[str, Any]], bool | None]
    reads: frozenset[str] = frozenset()
    source: str = "python"

    @property
    def steps(self) -> frozenset[str]:
        """The steps it reads."""
        return self.reads

    @property
    def vocabulary(self) -> Vocabulary:
        """What the flow of a purchase may name."""
        return PURCHASE

    def evaluate(self, variables: Mapping[str, Any]) -> bool | None:
        """Undecided while a step it reads has no output."""
        if not self.reads <= set(variables["steps"]):
            return None
        return self.test(variables)


def with_credit() -> When:
    """The package has credit."""
    return When(lambda seen: "credit" in seen["package"], source="has(package.credit)")


def _sources(
    request: type | None, outputs: Mapping[str, type], *, case: bool = False
) -> dict[str, Source]:
    if request is None:
        return {}
    found: dict[str, Source] = {}
    hints = get_type_hints(request)
    for item in fields(request):
        shapes = [hints[item.name], *get_args(hints[item.name])]
        classes = tuple(one for one in shapes if isinstance(one, type))
        step = next((name for name, out in outputs.items() if issubclass(out, classes)), None)
        fact = next((shape for shape in shapes if shape in CHECKOUT_FACTS), None)
        of_sale = next((one for one in classes if issubclass(one, Fact)), None)
        own = next((one for one in (CaseRequest, CaseHistory) if one in shapes), None)
        if case and own is not None:
            found[item.name] = FromCase(fact=own)
        elif case and step is None and of_sale is not None and of_sale not in CHECKOUT_FACTS:
            found[item.name] = FromSale(fact=of_sale)
        elif step is not None:
            found[item.name] = FromStep(step=step, fact=outputs[step])
        elif fact is not None:
            found[item.name] = FromCheckout(fact=fact)
        else:
            default = None if item.default is MISSING else item.default
            found[item.name] = FromLiteral(value=default)
    return found


def _closure(edges: Mapping[str, set[str]], name: str) -> set[str]:
    found: set[str] = set()
    stack = list(edges[name])
    while stack:
        new = stack.pop()
        if new not in found:
            found.add(new)
            stack.extend(edges[new])
    return found


def _imply(needs: dict[str, set[str]], name: str | None) -> None:
    """`confirm` and the pivot need every step that is not downstream of them."""
    if name is None:
        return
    for other in needs:
        if other != name and name not in _closure(needs, other):
            needs[name].add(other)


def _of_sale(operation: Operation | None) -> tuple[str, ...]:
    """The operations of the sale that one follows, by their keys."""
    if operation is None:
        return ()
    return tuple(f"{operation.capability}.{one}" for one in operation.of_sale)


def plan_of(
    steps: Mapping[str, dict[str, Any]],
    *,
    expires_after: timedelta = timedelta(hours=24),
    case: CaseTerms | None = None,
) -> Plan:
    """A plan from `{name: {kind: value, needs: [...], providers: [...], ...}}`, in order."""
    library = KindContext()
    known = kinds()
    defined = {}
    for name, spec in steps.items():
        key = next(k for k in spec if k in known)
        defined[name] = known[key].define(spec[key], {}, library)
    needs = {name: set(spec.get("needs", [])) for name, spec in steps.items()}
    confirm = next((n for n, d in defined.items() if d.action == "confirm"), None)
    pivot = next((n for n, spec in steps.items() if spec.get("pivot")), None)
    _imply(needs, confirm)
    effort = {n for n, spec in steps.items() if spec.get("best_effort")}
    _imply(needs, pivot)
    if pivot:
        needs[pivot] -= effort
    before = {name: _closure(needs, name) for name in steps}
    planned = {}
    for name, spec in steps.items():
        operation = defined[name].operation
        follows = None
        if operation is not None and operation.follows:
            wanted = f"{operation.capability}.{operation.follows}"
            follows = next(
                n for n in before[name] if getattr(defined[n].operation, "key", None) == wanted
            )
        outputs = {n: defined[n].output for n in before[name] if defined[n].output is not None}
        providers = tuple(spec.get("providers", ["main"]))
        planned[name] = PlannedStep(
            name=name,
            definition=defined[name],
            needs=tuple(sorted(needs[name])),
            ancestors=frozenset(before[name]),
            descendants=frozenset(n for n in steps if name in before[n]),
            when=spec.get("when"),
            sources={
                **_sources(defined[name].request, outputs, case=case is not None),  # type: ignore[arg-type]
                **{key: FromLiteral(value=one) for key, one in spec.get("with", {}).items()},
            },
            policy=Policy(how=spec.get("how", "first"), providers=providers)
            if operation is not None and follows is None and not operation.of_sale
            else None,
            follows=follows,
            follows_sale=_of_sale(operation),
            on_decline=spec.get("on_decline", "edit"),
            pivot=name == pivot,
            best_effort=bool(spec.get("best_effort")),
            deadline=spec.get("deadline", timedelta(hours=24)),
            downstream_of_confirm=confirm is not None and confirm in before[name],
            downstream_of_pivot=pivot is not None and pivot in before[name],
        )
    order = sorted(planned, key=lambda n: (len(before[n]), list(steps).index(n)))
    return Plan(
        retailer="northstar",
        name="test" if case is None else case.kind,
        title="Test",
        digest="sha256:test" if case is None else f"sha256:{case.kind}",
        case=case,
        steps={name: planned[name] for name in order},
        confirm=confirm,
        pivot=pivot,
        expires_after=expires_after,
    )


def credit_plan(**changes: dict[str, Any]) -> Plan:
    """A handset on credit: the shape of the main job."""
    steps: dict[str, dict[str, Any]] = {
        "contact": {"collect": "contact"},
        "address": {"collect": "address"},
        "stock": {"call": "stock.reserve"},
        "identity": {
            "call": "identity.verify",
            "needs": ["contact", "address"],
            "providers": ["onfido", "legacy-kyc"],
        },
        "income": {"collect": "income_and_outgoings", "when": with_credit()},
        "prequalify": {
            "call": "credit.quote",
            "needs": ["identity", "income"],
            "how": "waterfall",
            "providers": ["prime", "second"],
            "when": with_credit(),
        },
        "credit": {"call": "credit.apply", "needs": ["prequalify"], "when": with_credit()},
        "documents": {
            "show": "pre_contract_credit_information",
            "needs": ["credit"],
            "when": with_credit(),
        },
        "agreement": {"call": "agreement.sign", "needs": ["documents"], "when": with_credit()},
        "confirm": {"confirm": "package"},
        "card": {"collect": "payment_method"},
        "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
        "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
        "activate_credit": {
            "call": "credit.activate",
            "needs": ["order"],
            "when": with_credit(),
        },
        "confirmation": {"call": "notification.send", "needs": ["order"], "best_effort": True},
    }
    for name, more in changes.items():
        steps[name] = {**steps.get(name, {}), **more}
    return plan_of(steps)
