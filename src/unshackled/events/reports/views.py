"""From counts to the rows of each report: pure, and in one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from unshackled.events.reports.counts import BY
from unshackled.events.reports.histogram import percentile
from unshackled.events.reports.rows import (
    DeclineRow,
    DropOffRow,
    FallbackRow,
    FunnelRow,
    LatencyRow,
    RevenueRow,
)
from unshackled.store.side_tables.report_counts import CounterKey, Counts

# Every column of the funnel by the measure that is summed up in it.
REACHED: Final = ("reached", "asked")
SUMMED: Final = (
    *("passed", "declined", "passed_over", "failed"),
    *("skipped", "undone", "waiting", "dropped"),
)
ANSWERS: Final = ("passed", "declined", "passed_over", "failed")
AMOUNTS: Final = ("checkouts", "due_today", "total_payable", "credit", "trade_in")
CASES: Final = ("refunds", "returns", "withdrawals", "stops", "given_back")
PARTS: Final = ("handset", "tariff", "credit", "accessories", "trade_in")

Sums = Mapping[Any, Mapping[str, int]]


def rate(part: int, whole: int) -> float | None:
    """A share of one."""
    return round(part / whole, 4) if whole else None


def funnel(counts: Counts) -> list[FunnelRow]:
    """A row for each flow, for each of its steps, and for each provider of a step."""
    sums: defaultdict[tuple[str, str, str], defaultdict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for key, amount in counts.items():
        for place, measure in _columns(key):
            sums[place][measure] += amount
    return [_funnel_row(place, sums[place]) for place in sorted(sums)]


def _columns(key: CounterKey) -> list[tuple[tuple[str, str, str], str]]:
    """The rows that a number belongs to, and its column there."""
    flow, step, whole = (key.flow, "", ""), (key.flow, key.step, ""), []
    if key.measure in ("created", "completed"):
        return [(flow, "reached" if key.measure == "created" else "passed")]
    if key.measure == "reached":
        return [(step, "reached")]
    if key.measure == "asked":
        return [((key.flow, key.step, key.provider), "reached")]
    if key.measure in ("waiting", "dropped"):
        whole.append((flow, key.measure))
    if key.step:
        whole.append((step, key.measure))
    if key.provider:
        whole.append(((key.flow, key.step, key.provider), key.measure))
    return whole


def _funnel_row(place: tuple[str, str, str], sums: Mapping[str, int]) -> FunnelRow:
    flow, step, provider = place
    return FunnelRow(
        flow=flow,
        step=step or None,
        provider=provider or None,
        reached=sums.get("reached", 0),
        pass_rate=rate(sums.get("passed", 0), sums.get("reached", 0)),
        **{name: sums.get(name, 0) for name in SUMMED},
    )


def drop_offs(counts: Counts) -> list[DropOffRow]:
    """A row for each step, provider, person and reason."""
    found = []
    for key in sorted(counts):
        if key.measure == "dropped" and counts[key]:
            by, _, reason = key.code.partition(BY)
            found.append(
                DropOffRow(
                    flow=key.flow,
                    step=key.step or None,
                    provider=key.provider or None,
                    ended_by=by,
                    reason=reason,
                    checkouts=counts[key],
                )
            )
    return found


def declines(counts: Counts) -> list[DeclineRow]:
    """A row for each flow, step, provider and code."""
    answers = _answers(counts)
    rows: defaultdict[tuple[str, str, str, str], defaultdict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for key, amount in counts.items():
        if key.measure in ("declined", "passed_over"):
            rows[key.flow, key.step, key.provider, key.code][key.measure] += amount
    return [
        DeclineRow(
            flow=place[0],
            step=place[1],
            provider=place[2] or None,
            code=place[3],
            declined=row["declined"],
            passed_over=row["passed_over"],
            answers=answers[place[:3]],
            decline_rate=rate(row["declined"] + row["passed_over"], answers[place[:3]]),
        )
        for place, row in sorted(rows.items())
    ]


def _answers(counts: Counts) -> defaultdict[tuple[str, ...], int]:
    """The answers of each (flow, step, provider), and of each (flow, step)."""
    found: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for key, amount in counts.items():
        if key.measure in ANSWERS:
            found[key.flow, key.step, key.provider] += amount
            found[key.flow, key.step] += amount
    return found


def fallbacks(counts: Counts) -> list[FallbackRow]:
    """A row for each provider that was out of reach, stepped in or was passed over."""
    answers = _answers(counts)
    rows: defaultdict[tuple[str, str, str, str], defaultdict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for key, amount in counts.items():
        if key.measure in ("unreachable", "taken_over", "passed_over"):
            instead_of = key.code if key.measure == "taken_over" else ""
            rows[key.flow, key.step, key.provider, instead_of][key.measure] += amount
    return [
        FallbackRow(
            flow=place[0],
            step=place[1],
            provider=place[2],
            instead_of=place[3] or None,
            unreachable=row["unreachable"],
            taken_over=row["taken_over"],
            passed_over=row["passed_over"],
            answers=answers[place[:2]],
            fallback_rate=rate(row["taken_over"], answers[place[:2]]),
        )
        for place, row in sorted(rows.items())
    ]


def latency(counts: Counts) -> list[LatencyRow]:
    """A row for each flow, measure, step and provider."""
    rows: defaultdict[tuple[str, str, str, str], defaultdict[int, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for key, amount in counts.items():
        rows[key.flow, key.measure, key.step, key.provider][int(key.code)] += amount
    return [
        LatencyRow(
            flow=place[0],
            measure=place[1],
            step=place[2] or None,
            provider=place[3] or None,
            count=sum(buckets.values()),
            p50=percentile(buckets, 50),
            p95=percentile(buckets, 95),
            p99=percentile(buckets, 99),
        )
        for place, buckets in sorted(rows.items())
    ]


def revenue(counts: Counts) -> list[RevenueRow]:
    """A row for each day, flow and currency; the counts are daily."""
    rows: defaultdict[tuple[str, str, str], defaultdict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for key, amount in counts.items():
        rows[key.day, key.flow, key.currency][key.measure] += amount
    return [
        RevenueRow(
            day=place[0],
            flow=place[1],
            currency=place[2],
            credit_share=rate(row["with_credit"], row["checkouts"]),
            **{name: row[name] for name in (*AMOUNTS, *CASES)},
            **{f"with_{part}": row[f"with_{part}"] for part in PARTS},
        )
        for place, row in sorted(rows.items())
    ]
