"""Reports: events are folded into journeys and counts; reading a report only adds counts up."""

from __future__ import annotations

from typing import Final

from unshackled.events.consumer_registry import ConsumerDeps, ConsumerRegistration
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.store.side_tables import Retention


def build(deps: ConsumerDeps) -> ConsumerRegistration:
    """Journeys that ended go with their events; the counts stay."""
    reports = deps.store.tables.reports
    return ConsumerRegistration(
        consumer=ReportsConsumer(reports, deps.store),
        retention=[Retention(table=reports)],
    )


CONSUMER: Final = build
