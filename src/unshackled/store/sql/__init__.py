"""The side tables in SQL that SQLite and PostgreSQL both understand; each module has its tables."""

from __future__ import annotations

from typing import Final

from unshackled.store.side_tables import SideTables
from unshackled.store.sql import (
    audit_log,
    blobs,
    data_keys,
    dead_letters,
    deliveries,
    endpoints,
    kept_catalogues,
    message_log,
    operator_requests,
    parity_counts,
    report_counts,
    retailer_keys,
    routing_settings,
    stored_eligibilities,
    stored_quotes,
    stream_cursors,
    waiting_rooms,
)
from unshackled.store.sql.tables import Tables

TABLES: Final = (
    *dead_letters.TABLES,
    *stream_cursors.TABLES,
    *endpoints.TABLES,
    *deliveries.TABLES,
    *report_counts.TABLES,
    *message_log.TABLES,
    *audit_log.TABLES,
    *operator_requests.TABLES,
    *routing_settings.TABLES,
    *parity_counts.TABLES,
    *kept_catalogues.TABLES,
    *stored_quotes.TABLES,
    *stored_eligibilities.TABLES,
)


def side_tables(tables: Tables) -> SideTables:
    """The side tables of a database."""
    return SideTables(
        dead_letters=dead_letters.SqlDeadLetters(tables),
        stream_cursors=stream_cursors.SqlStreamCursors(tables),
        messages=message_log.SqlMessageLog(tables),
        reports=report_counts.SqlReportCounts(tables),
        endpoints=endpoints.SqlEndpoints(tables),
        deliveries=deliveries.SqlDeliveries(tables),
        audit_log=audit_log.SqlAuditLog(tables),
        requests=operator_requests.SqlOperatorRequests(tables),
        routing_settings=routing_settings.SqlRoutingSettings(tables),
        parity=parity_counts.SqlParityCounts(tables),
        catalogues=kept_catalogues.SqlKeptCatalogues(tables),
        quotes=stored_quotes.SqlStoredQuotes(tables),
        eligibilities=stored_eligibilities.SqlStoredEligibilities(tables),
        retailer_keys=retailer_keys.SqlRetailerKeys(tables),
        data_keys=data_keys.SqlDataKeys(tables),
        blobs=blobs.SqlBlobStore(tables),
        waiting_rooms=waiting_rooms.SqlWaitingRooms(tables),
    )
