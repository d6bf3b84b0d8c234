"""The side tables of a store in memory."""

from __future__ import annotations

from unshackled.store.memory.audit_log import MemoryAuditLog
from unshackled.store.memory.blobs import MemoryBlobStore
from unshackled.store.memory.data_keys import MemoryDataKeys
from unshackled.store.memory.dead_letters import MemoryDeadLetters
from unshackled.store.memory.deliveries import MemoryDeliveries
from unshackled.store.memory.endpoints import MemoryEndpoints
from unshackled.store.memory.kept_catalogues import MemoryKeptCatalogues
from unshackled.store.memory.limited_rows import MemoryLimitedRows
from unshackled.store.memory.message_log import MemoryMessageLog
from unshackled.store.memory.operator_requests import MemoryOperatorRequests
from unshackled.store.memory.parity_counts import MemoryParityCounts
from unshackled.store.memory.report_counts import MemoryReportCounts
from unshackled.store.memory.retailer_keys import MemoryRetailerKeys
from unshackled.store.memory.routing_settings import MemoryRoutingSettings
from unshackled.store.memory.stream_cursors import MemoryStreamCursors
from unshackled.store.memory.tables import Ping
from unshackled.store.memory.waiting_rooms import MemoryWaitingRooms
from unshackled.store.side_tables import SideTables


def side_tables(ping: Ping, requests: MemoryOperatorRequests) -> SideTables:
    """Empty ones; `ping` raises `StoreUnavailable` while their store is closed."""
    letters = MemoryDeadLetters(ping)
    deliveries = MemoryDeliveries(ping, letters)
    keys = MemoryDataKeys(ping)
    return SideTables(
        dead_letters=letters,
        stream_cursors=MemoryStreamCursors(ping),
        messages=MemoryMessageLog(ping),
        reports=MemoryReportCounts(ping),
        endpoints=MemoryEndpoints(ping, deliveries),
        deliveries=deliveries,
        audit_log=MemoryAuditLog(ping),
        requests=requests,
        routing_settings=MemoryRoutingSettings(ping),
        parity=MemoryParityCounts(ping),
        catalogues=MemoryKeptCatalogues(ping),
        quotes=MemoryLimitedRows(ping),
        eligibilities=MemoryLimitedRows(ping),
        retailer_keys=MemoryRetailerKeys(ping),
        data_keys=keys,
        blobs=MemoryBlobStore(ping, keys),
        waiting_rooms=MemoryWaitingRooms(ping),
    )
