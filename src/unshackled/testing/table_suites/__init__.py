"""What the side tables of every store promise, as one suite; `StoreContract` has it.

Each class here is about one table, or two that belong together, and needs a fixture `tables`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from unshackled.errors import StoreUnavailable
from unshackled.store.port import Store
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.report_counts import ReportQuery
from unshackled.testing.samples import NOW
from unshackled.testing.table_suites.blobs_suite import BlobPromises, blob_of
from unshackled.testing.table_suites.eligibilities_suite import (
    EligibilityPromises,
    eligibility_at,
)
from unshackled.testing.table_suites.keys_suite import (
    DATA_KEY,
    RETAILER_KEY,
    DataKeyPromises,
    RetailerKeyPromises,
)
from unshackled.testing.table_suites.letters_suite import LetterPromises, PlacePromises, letter_of
from unshackled.testing.table_suites.messages_suite import MessagePromises, message_of
from unshackled.testing.table_suites.operators_suite import (
    ENTRY,
    REQUEST,
    AuditPromises,
    RequestPromises,
)
from unshackled.testing.table_suites.quotes_suite import LIMIT, QuotePromises, quote_at
from unshackled.testing.table_suites.reports_suite import ReportPromises, journey_of
from unshackled.testing.table_suites.routing_suite import (
    CataloguePromises,
    ParityPromises,
    RoutingPromises,
    count_of,
    entry_of,
)
from unshackled.testing.table_suites.waiting_suite import WaitingRoomPromises
from unshackled.testing.table_suites.webhooks_suite import (
    DeliveryPromises,
    EndpointPromises,
    delivery_of,
    endpoint_of,
)


class SideTablePromises(
    LetterPromises,
    PlacePromises,
    MessagePromises,
    ReportPromises,
    EndpointPromises,
    DeliveryPromises,
    AuditPromises,
    RequestPromises,
    RoutingPromises,
    ParityPromises,
    CataloguePromises,
    QuotePromises,
    EligibilityPromises,
    RetailerKeyPromises,
    DataKeyPromises,
    BlobPromises,
    WaitingRoomPromises,
):
    """Every promise about what lies beside the checkouts."""

    @pytest.fixture
    def tables(self, store: Store) -> SideTables:
        """The side tables of an open, empty store."""
        return store.tables

    async def test_side_tables_outlive_their_store(
        self, store: Store, opener: Callable[[], Store]
    ) -> None:
        """A store over the same data has them all."""
        tables = store.tables
        await tables.dead_letters.add(letter_of())
        await tables.stream_cursors.move("one", expected=None, to="7")
        await tables.messages.begin(message_of())
        await tables.reports.put([(None, journey_of())], {})
        await tables.endpoints.add(endpoint_of())
        await tables.deliveries.add(delivery_of())
        await tables.audit_log.begin(ENTRY)
        await tables.requests.put(REQUEST)
        await tables.routing_settings.put(entry_of())
        await tables.parity.add([count_of("agreed", 1)], NOW)
        await tables.quotes.add(quote_at(NOW), LIMIT)
        await tables.eligibilities.add(eligibility_at(NOW), LIMIT)
        await tables.data_keys.add(DATA_KEY)
        await tables.blobs.put(blob_of())
        await tables.waiting_rooms.advance("northstar", expected=None, to=NOW)
        await store.close()
        again = opener()
        await again.open()
        there = again.tables
        assert await there.dead_letters.get(letter_of().id) == letter_of()
        assert await there.stream_cursors.place("one") == "7"
        assert await there.messages.by_reference("REF1") == message_of()
        assert await there.reports.journey("chk_1") == journey_of()
        assert await there.endpoints.get("we_1") == endpoint_of()
        assert await there.deliveries.get(delivery_of().id) == delivery_of()
        assert list((await there.audit_log.page({})).entries) == [ENTRY]
        assert await there.requests.get("req_1") == REQUEST
        assert [one.name for one in await there.routing_settings.all()] == ["credit"]
        assert [one.agreed for one in await there.parity.report(NOW)] == [1]
        assert await there.quotes.get("northstar", quote_at(NOW).id) == quote_at(NOW)
        upgrade = eligibility_at(NOW)
        assert await there.eligibilities.get("northstar", upgrade.id) == upgrade
        assert await there.data_keys.get(DATA_KEY.subject) == DATA_KEY
        assert await there.blobs.get(*blob_of().place) == blob_of()
        assert await there.waiting_rooms.next_at("northstar") == NOW
        await again.close()

    async def test_side_tables_of_a_closed_store_are_unavailable(self, store: Store) -> None:
        """Reading and writing, of every table."""
        tables = store.tables
        await store.close()
        asked: tuple[Awaitable[object], ...] = (
            tables.dead_letters.add(letter_of()),
            tables.dead_letters.page(),
            tables.stream_cursors.places(),
            tables.stream_cursors.move("one", expected=None, to="1"),
            tables.messages.by_reference("REF1"),
            tables.messages.begin(message_of()),
            tables.reports.put([(None, journey_of())], {}),
            tables.reports.counts(ReportQuery(retailer="a", first="", last=""), "funnel"),
            tables.endpoints.add(endpoint_of()),
            tables.endpoints.ready(NOW),
            tables.deliveries.add(delivery_of()),
            tables.deliveries.heads("we_1", NOW, 1),
            tables.audit_log.begin(ENTRY),
            tables.audit_log.page({}),
            tables.requests.put(REQUEST),
            tables.requests.page(state=None, now=NOW),
            tables.routing_settings.put(entry_of()),
            tables.routing_settings.all(),
            tables.waiting_rooms.next_at("northstar"),
            tables.waiting_rooms.advance("northstar", expected=None, to=NOW),
            tables.waiting_rooms.hold("northstar", "h", admit_at=NOW, lapsed=NOW),
            tables.parity.add([count_of("agreed", 1)], NOW),
            tables.parity.report(NOW),
            tables.catalogues.get("northstar"),
            tables.quotes.add(quote_at(NOW), LIMIT),
            tables.quotes.get("northstar", "quo_1"),
            tables.eligibilities.add(eligibility_at(NOW), LIMIT),
            tables.eligibilities.get("northstar", "elg_1"),
            tables.retailer_keys.add(RETAILER_KEY),
            tables.retailer_keys.masters(),
            tables.data_keys.add(DATA_KEY),
            tables.data_keys.get(DATA_KEY.subject),
            tables.blobs.put(blob_of()),
            tables.blobs.get(*blob_of().place),
        )
        for one in asked:
            with pytest.raises(StoreUnavailable):
                await one
