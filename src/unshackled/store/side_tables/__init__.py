"""What a store keeps beside the checkouts, by what is wanted of it: no statement, no column.

Records go in and come out as frozen values. Every method raises `StoreUnavailable` while the
database is away; times are aware and come back as the same instant, in UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from unshackled.domain.records import Record
from unshackled.store.side_tables.audit_log import AuditLog
from unshackled.store.side_tables.blobs import BlobStore
from unshackled.store.side_tables.data_keys import DataKeys
from unshackled.store.side_tables.dead_letters import DeadLetters
from unshackled.store.side_tables.deliveries import Deliveries
from unshackled.store.side_tables.endpoints import Endpoints
from unshackled.store.side_tables.kept_catalogues import KeptCatalogues
from unshackled.store.side_tables.message_log import MessageLog
from unshackled.store.side_tables.operator_requests import OperatorRequests
from unshackled.store.side_tables.parity_counts import ParityCounts
from unshackled.store.side_tables.report_counts import ReportCounts
from unshackled.store.side_tables.retailer_keys import RetailerKeys
from unshackled.store.side_tables.routing_settings import RoutingSettings
from unshackled.store.side_tables.stored_eligibilities import StoredEligibilities
from unshackled.store.side_tables.stored_quotes import StoredQuotes
from unshackled.store.side_tables.stream_cursors import StreamCursors
from unshackled.store.side_tables.waiting_rooms import WaitingRooms


class Aging(Protocol):
    """A table whose rows are deleted in time."""

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows that were of no use since `before`; how many."""
        ...


class Retention(Record):
    """How long the rows of a table are kept: as long as the events, or for `keep` where it says.

    It is declared by who owns the table, and carried out by `events/retention.py`.
    """

    table: Aging
    keep: timedelta | None = None


class SideTables(Record):
    """One of each, over the same data."""

    dead_letters: DeadLetters
    stream_cursors: StreamCursors
    messages: MessageLog
    reports: ReportCounts
    endpoints: Endpoints
    deliveries: Deliveries
    audit_log: AuditLog
    requests: OperatorRequests
    routing_settings: RoutingSettings
    parity: ParityCounts
    catalogues: KeptCatalogues
    quotes: StoredQuotes
    eligibilities: StoredEligibilities
    retailer_keys: RetailerKeys
    data_keys: DataKeys
    blobs: BlobStore
    waiting_rooms: WaitingRooms
