"""What requests and answers of `/ops` look like; nothing personal is in any of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from unshackled.domain.states import State
from unshackled.flow.engine.status import Status
from unshackled.http.checkouts.ledger_schemas import CheckoutLedger
from unshackled.http.described import Described

Attention = Literal["in_review", "in_doubt", "undo_failed", "waiting_provider", "expired", "late"]
Verdict = Literal["passed", "declined", "retry", "undone", "absent"]
BulkAction = Literal["retry", "skip", "cancel"]
LetterState = Literal["open", "replayed", "discarded"]
RequestState = Literal["waiting", "approved", "done", "refused", "rejected", "expired"]
Outcome = Literal["done", "refused", "failed", "waiting", ""]
LONGEST_REASON: Final = 500

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_REASON),
    Field(
        description="Why: kept in the audit log for good, so without personal data.",
    ),
]
Evidence = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)] | None,
    Field(
        description="What shows it: a text or an address, without personal data.",
    ),
]


class OperatorBody(Described):
    """A request body: unknown keys are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    reason: Reason
    evidence: Evidence = None


class OperatorAction(OperatorBody):
    """Why an operator does it."""


CaseName = Annotated[
    str | None,
    Field(
        max_length=64,
        description="Of which case it is, as in refund-1; by default of the purchase.",
    ),
]


class CheckoutAction(OperatorBody):
    """Why an operator does it to a step of a checkout or of one of its cases, or to the whole."""

    case: CaseName = None


class ResolveStep(OperatorBody):
    """An operator's verdict on a step in review or in doubt, or on an undo that failed."""

    case: CaseName = None
    verdict: Verdict = Field(
        description="`passed` (with `output`), `declined`, `retry`; `undone` of an undo; `absent`: "
        "a call in doubt never happened."
    )
    output: dict[str, Any] | None = Field(
        default=None, description="What the provider says it did, for the verdict `passed`."
    )
    valid_until: Annotated[AwareDatetime, Field(strict=False)] | None = Field(
        default=None,
        description="When what the provider did stops counting, as it says; a hold else counts "
        "from when it was first asked for.",
    )
    reference: str | None = Field(
        default=None,
        max_length=64,
        description="Which attempt it is about, as read: refused when that is over. Of several "
        "failed undos, which.",
    )


class BulkRequest(OperatorBody):
    """One action on all checkouts that need attention and that the filter finds."""

    action: BulkAction
    retailer: str | None = Field(default=None, max_length=64)
    livemode: bool | None = Field(default=None, description="By default both modes.")
    state: Attention | None = None
    step: str | None = Field(default=None, max_length=64)
    provider: str | None = Field(default=None, max_length=64)
    code: str | None = Field(default=None, max_length=64)
    older_than: int | None = Field(default=None, ge=0, le=10**8, description="Seconds.")
    dry_run: bool = Field(default=True, description="Only find them, and answer with the digest.")
    digest: str | None = Field(
        default=None, max_length=80, description="Of the dry run; what was found then is acted on."
    )


class StuckStep(Described):
    """A step that may need a person."""

    step: str
    state: State
    code: str | None
    provider: str | None
    reference: str | None
    since: datetime | None
    age_seconds: int = 0
    case: str | None = Field(default=None, description="Whose step it is; null: the purchase's.")


class StuckCheckout(Described):
    """A checkout with steps that may need a person."""

    checkout: str
    retailer: str
    livemode: bool
    status: Status
    steps: list[StuckStep]


class StuckPage(Described):
    """A page of them, the longest waiting first."""

    items: list[StuckCheckout]
    next_cursor: str | None
    truncated: bool = Field(default=False, description="There are more than were looked at.")


class AttentionCount(Described):
    """How many steps of a retailer stand like this, and the oldest of them."""

    retailer: str
    livemode: bool
    state: str
    count: int
    oldest_since: datetime | None
    oldest_age_seconds: int


class OpsSummary(Described):
    """What needs a person, in numbers; `dead_letter` counts beside the states of steps."""

    at: datetime
    counts: list[AttentionCount]
    requests_waiting: int
    truncated: bool


class OpsProblem(Described):
    """A problem that a step had with a provider, as its line in the log says it."""

    at: datetime = Field(description="When it was last seen.")
    since: datetime = Field(description="When it was first seen, without another one between.")
    times: int
    provider: str | None
    operation: str
    asked: str = Field(description="`call`, `look_up`, `undo` or `callback`.")
    outcome: str = Field(
        description="`not_sent`, `in_doubt`, `refused` or `broken` of a call; `unreachable`: "
        "nobody could be asked; `expired`: what came had ended; `timed_out`: no answer until the "
        "deadline."
    )
    code: str = Field(description="Why, in our words, e.g. `timeout` or `breaker_open`.")
    status: int | None = Field(description="Of the provider's last answer.")
    vendor_code: str | None = Field(description="The vendor's own code.")
    request_id: str | None = Field(description="What the vendor's support asks for.")
    reference: str | None = Field(description="Ours on the wire.")
    attempt: int
    trace_id: str | None


class OpsDecline(Described):
    """What came with one "no": who said it, on whose data, or the figures of the rule.

    The figures are a month, in minor units: what the income leaves, the highest instalment that
    fits, and the one that was asked for.
    """

    lender: str | None
    agencies: list[str] = Field(description="The names of credit reference agencies.")
    disposable: int | None
    most: int | None
    instalment: int | None


class OpsStep(Described):
    """A step with all its timers; `can` is what an operator may do now.

    `vendor_code` is the provider's own code behind the `code` of a decline.
    `problems` are the last that it had with its providers, the newest first.
    """

    step: str
    state: State
    code: str | None
    vendor_code: str | None
    provider: str | None
    reference: str | None
    generation: int
    attempt: int
    since: datetime | None
    next_at: datetime | None
    give_up_at: datetime | None
    deadline_at: datetime | None
    can: list[str]
    declines: list[OpsDecline]
    problems: list[OpsProblem]


class OpsUndo(Described):
    """An effect that is being taken back."""

    reference: str
    step: str
    provider: str
    attempts: int
    failed: bool
    next_at: datetime
    give_up_at: datetime


class OpsCase(Described):
    """A case of a checkout as operators see it."""

    case: str
    kind: str
    flow: str
    status: str
    settled: bool
    amount: int
    currency: str
    reason: str
    opened_at: datetime
    opened_by: str
    can: list[str]
    steps: list[OpsStep]
    undos: list[OpsUndo]


class AuditEntry(Described):
    """Who did what, when, to what, why, and what came of it."""

    id: str
    at: datetime
    operator: str
    action: str
    retailer: str
    subject: str = Field(description="A checkout, a letter, a request or a selection.")
    step: str
    reason: str
    evidence: str
    detail: dict[str, Any]
    trace: str
    request: str
    part_of: str = Field(description="The entry of the bulk that it is a part of.")
    ended_at: datetime | None
    outcome: Outcome = Field(description="Empty while it is under way, or was cut off.")
    code: str


class OpsCheckout(Described):
    """A checkout as operators see it."""

    checkout: str
    retailer: str
    livemode: bool
    flow: str
    status: Status
    settled: bool
    version: int
    created_at: datetime
    updated_at: datetime
    can: list[str]
    steps: list[OpsStep]
    undos: list[OpsUndo]
    ledger: CheckoutLedger
    cases: list[OpsCase] = Field(default=[])
    audit: list[AuditEntry]


class AuditPage(Described):
    """A page of the audit log, the newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


class DeadLetter(Described):
    """An event that a consumer could not take."""

    id: str
    consumer: str
    event: str
    type: str
    checkout: str
    retailer: str
    livemode: bool
    error: str
    detail: str
    tries: int
    state: LetterState
    first_at: datetime
    last_at: datetime
    data: dict[str, Any] | None = None


class LetterPage(Described):
    """A page of dead letters, the newest first."""

    items: list[DeadLetter]
    next_cursor: str | None


class OperatorRequest(Described):
    """An action that waits for a second person, or what became of it."""

    id: str
    at: datetime
    expires_at: datetime
    operator: str
    action: str
    retailer: str
    subject: str
    step: str
    reason: str
    evidence: str
    state: RequestState
    decided_by: str
    decided_at: datetime | None
    code: str


class RequestPage(Described):
    """Requests, the newest first."""

    items: list[OperatorRequest]


class BulkItem(Described):
    """One checkout of a bulk; `outcome` is null in a dry run."""

    checkout: str
    step: str
    case: str | None = None
    outcome: Literal["done", "refused", "moved", "failed", "not_reached"] | None
    code: str


class BulkDone(Described):
    """What a bulk found, or did."""

    dry_run: bool
    digest: str
    matched: int
    more: bool = Field(description="More were found than one bulk acts on: run it again after.")
    items: list[BulkItem]


OPS_ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    StuckCheckout,
    StuckPage,
    OpsSummary,
    OpsCheckout,
    AuditPage,
    DeadLetter,
    LetterPage,
    OperatorRequest,
    RequestPage,
    BulkDone,
)
OPS_REQUESTS: Final[tuple[type[BaseModel], ...]] = (
    OperatorAction,
    CheckoutAction,
    ResolveStep,
    BulkRequest,
)
