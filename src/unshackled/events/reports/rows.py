"""The rows of each report, as JSON and as CSV have them; None is "all" or "none".

Rates are shares of one to four decimals, None where there is nothing to divide by. Amounts are
integers in minor units of `currency`; times are milliseconds.
"""

from __future__ import annotations

from unshackled.domain.records import Record


class FunnelRow(Record, forbid_unknown_fields=False):
    """How far checkouts that began in these days came; a checkout counts once in each column.

    Without a step: the whole flow. With a step and no provider: the step, by all its providers.
    """

    flow: str
    step: str | None
    provider: str | None
    reached: int
    passed: int
    declined: int
    passed_over: int
    failed: int
    skipped: int
    undone: int
    waiting: int
    dropped: int
    pass_rate: float | None


class DropOffRow(Record, forbid_unknown_fields=False):
    """Checkouts that ended without an order: at which step, who ended them, and why."""

    flow: str
    step: str | None
    provider: str | None
    ended_by: str
    reason: str
    checkouts: int


class DeclineRow(Record, forbid_unknown_fields=False):
    """A business "no" of a provider by its code; `answers` are all of the provider's."""

    flow: str
    step: str
    provider: str | None
    code: str
    declined: int
    passed_over: int
    answers: int
    decline_rate: float | None


class LatencyRow(Record, forbid_unknown_fields=False):
    """How long something took, in milliseconds, by percentiles of a histogram.

    `answer`: a provider's first answer to a call. `step`: from ready until passed or declined.
    `completion`: from the first event of a checkout until it was completed.
    """

    flow: str
    measure: str
    step: str | None
    provider: str | None
    count: int
    p50: int | None
    p95: int | None
    p99: int | None


class RevenueRow(Record, forbid_unknown_fields=False):
    """Completed checkouts of a day and what they are worth; cases of that day, whenever sold.

    `given_back` is what the completed cases of the day gave back, to the payment or the lender.
    """

    day: str
    flow: str
    currency: str
    checkouts: int
    due_today: int
    total_payable: int
    credit: int
    trade_in: int
    with_handset: int
    with_tariff: int
    with_credit: int
    with_accessories: int
    with_trade_in: int
    credit_share: float | None
    refunds: int = 0
    returns: int = 0
    withdrawals: int = 0
    stops: int = 0
    given_back: int = 0


class FallbackRow(Record, forbid_unknown_fields=False):
    """Answers that came from another than the provider whose turn it was.

    `unreachable`: calls that did not reach this provider. `taken_over`: answers of this provider
    in place of `instead_of`; `answers`: all answers of the step. `passed_over`: declines of this
    provider after which the next of the waterfall was asked.
    """

    flow: str
    step: str
    provider: str
    instead_of: str | None
    unreachable: int
    taken_over: int
    passed_over: int
    answers: int
    fallback_rate: float | None
