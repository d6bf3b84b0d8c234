"""How every action of an operator is done: written down, perhaps seen by two, then carried out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from unshackled.domain.bounds import cut
from unshackled.domain.records import Record, replace
from unshackled.errors import Conflict, StoreUnavailable, Unreadable
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.runtime.runner import UnknownCheckout
from unshackled.http.context import ApiContext
from unshackled.http.ops.case_targets import parts_of
from unshackled.http.ops.ops_schemas import OperatorBody
from unshackled.http.ops.personal_data_schemas import ErasePerson
from unshackled.http.problems import Problem, field_error
from unshackled.steps import FieldError
from unshackled.store.side_tables.audit_log import AuditLog, AuditRecord
from unshackled.store.side_tables.operator_requests import ApprovalRequest, OperatorRequests
from unshackled.telemetry import current_trace_id, get_logger, redact_text

log = get_logger(__name__)
EXPIRES: Final = timedelta(hours=24)
LONGEST_SUBJECT: Final = 100


class Action(Record):
    """What an operator asks for.

    `name` is retry, skip, resolve, cancel, replay, discard or bulk; `subject` what it is done to;
    `body` its parameters, `detail` what the audit log keeps of them; `seen` how the subject stood
    when it was asked for.
    """

    name: str
    operator: str
    reason: str
    evidence: str | None = None
    subject: str
    step: str = ""
    retailer: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)
    seen: str = ""
    request: str = ""
    part_of: str = ""

    @property
    def case(self) -> str | None:
        """The case that it is about; None of the purchase."""
        case: str | None = self.body.get("case")
        return case


@dataclass(slots=True)
class AuditScope:
    """One entry of the audit log while its action is under way."""

    entry: str
    outcome: str = ""
    code: str = ""


def books(context: ApiContext) -> tuple[AuditLog, OperatorRequests]:
    """The audit log and the requests of the store."""
    tables = context.services.store.tables
    return tables.audit_log, tables.requests


def need_clean(body: OperatorBody | ErasePerson) -> None:
    """A problem for free text that looks like personal data or a secret: it is kept for good."""
    wrong = [
        field_error(
            FieldError(
                path=name,
                code="personal_data",
                message="looks like personal data or a secret, which the audit log must not keep",
            )
        )
        for name in ("reason", "evidence")
        if (text := getattr(body, name)) is not None and redact_text(text) != text
    ]
    if wrong:
        raise Problem("invalid_input", "Some fields are wrong.", errors=wrong)


@asynccontextmanager
async def audited(context: ApiContext, action: Action) -> AsyncIterator[AuditScope]:
    """Write the action down, let it happen, write down what came of it."""
    services, (audit, _) = context.services, books(context)
    trail = AuditScope(f"aud_{services.ids.short()}")
    entry = AuditRecord(
        id=trail.entry,
        at=services.clock.now(),
        operator=action.operator,
        action=action.name,
        retailer=cut(action.retailer, "retailer"),
        subject=action.subject[:LONGEST_SUBJECT],
        step=cut(action.step, "step"),
        reason=action.reason,
        evidence=action.evidence or "",
        detail=action.detail,
        trace=current_trace_id() or "",
        request=cut(action.request, "request"),
        part_of=action.part_of,
    )
    await audit.begin(entry)
    try:
        yield trail
    except Exception as error:
        trail.outcome, trail.code = outcome_of(error)
        await _end(context, action, trail)
        raise
    # A task that is canceled leaves its entry open: nobody knows how far it came.
    trail.outcome = trail.outcome or "done"
    await _end(context, action, trail)


async def _end(context: ApiContext, action: Action, trail: AuditScope) -> None:
    audit, _ = books(context)
    await audit.end(trail.entry, trail.outcome, at=context.services.clock.now(), code=trail.code)
    log.info(
        "ops.action",
        action=action.name,
        subject=action.subject[:LONGEST_SUBJECT],
        step=cut(action.step, "step"),
        operator=action.operator,
        outcome=trail.outcome,
        code=trail.code,
        entry=trail.entry,
    )


def outcome_of(error: Exception) -> tuple[str, str]:
    """`refused` with the problem's code, or `failed` with what broke."""
    if isinstance(error, Problem):
        return "refused", error.kind.code
    if isinstance(error, Rejected):
        return "refused", error.code
    known = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    return known or ("failed", type(error).__name__)


_CODES: Final[tuple[tuple[type[Exception], tuple[str, str]], ...]] = (
    (UnknownCheckout, ("refused", "not_found")),
    (Conflict, ("failed", "conflict")),
    (StoreUnavailable, ("failed", "store_unavailable")),
    (Unreadable, ("failed", "store_unavailable")),
)


def needs_second(context: ApiContext, action: Action) -> bool:
    """Whether another person must approve it; a bulk as much as what it does."""
    named = {action.name, str(action.body.get("action", ""))}
    return not named.isdisjoint(context.services.second_person)


async def put_request(context: ApiContext, action: Action, trail: AuditScope) -> ApprovalRequest:
    """Keep the action until a second person approves it."""
    services, (_, requests) = context.services, books(context)
    now = services.clock.now()
    request = ApprovalRequest(
        id=f"req_{services.ids.short()}",
        at=now,
        expires_at=now + EXPIRES,
        operator=action.operator,
        action=action.name,
        retailer=action.retailer,
        subject=action.subject,
        step=action.step,
        reason=action.reason,
        evidence=action.evidence or "",
        seen=action.seen,
        body=action.body,
    )
    await requests.put(request)
    trail.outcome, trail.code = "waiting", request.id
    return request


def asked_again(request: ApprovalRequest) -> Action:
    """The action of a request, as it was asked for."""
    return Action(
        name=request.action,
        operator=request.operator,
        reason=request.reason,
        evidence=request.evidence or None,
        subject=request.subject,
        step=request.step,
        retailer=request.retailer,
        body=request.body,
        detail={name: value for name, value in request.body.items() if name != "output"},
        seen=request.seen,
        request=request.id,
    )


def part(action: Action, trail: AuditScope, *, subject: str, step: str, retailer: str) -> Action:
    """One checkout's share of a bulk; the `step` of a case has its name before it."""
    case, own = parts_of(step)
    more = {} if case is None else {"case": case}
    return replace(
        action,
        name=str(action.body["action"]),
        subject=subject,
        step=own,
        retailer=retailer,
        body=more,
        detail=more,
        seen="",
        part_of=trail.entry,
    )
