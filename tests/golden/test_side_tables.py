"""What the version before kept beside the checkouts is read as it was meant, and goes on."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.store.postgres import PostgresStore
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.audit_log import AuditRecord
from unshackled.store.side_tables.dead_letters import LetterRecord
from unshackled.store.side_tables.deliveries import DeliveryRecord
from unshackled.store.side_tables.endpoints import Endpoint, OldSecret
from unshackled.store.side_tables.journeys import Journey, PurchaseValue, Track
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue
from unshackled.store.side_tables.message_log import MessageRecord, MessageState
from unshackled.store.side_tables.operator_requests import ApprovalRequest, BulkSelection
from unshackled.store.side_tables.parity_counts import FieldParity, ProviderPair, ProviderParity
from unshackled.store.side_tables.report_counts import CounterKey, ReportQuery
from unshackled.store.side_tables.routing_settings import (
    ProviderSettings,
    RouteSettings,
    RoutingSetting,
    Window,
)
from unshackled.store.sql.tables import Statement
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import EventRow
from unshackled.testing.known_keys import KEYS
from unshackled.testing.samples import NOW

DUMP = (Path(__file__).parent / "side_tables.sql").read_text()
# The others of the dump are made by the schema, or are about checkouts.
BESIDE = re.compile(
    r'INSERT INTO "?(?!sqlite_sequence|lookup_key|checkouts|events)\w+"? VALUES\(.*\);$',
    re.MULTILINE,
)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LETTER = LetterRecord(
    consumer="reports",
    event=EventRow(
        checkout="chk_1",
        retailer="northstar:test",
        version=7,
        index=0,
        type="step.passed.v1",
        at=NOW,
        data={"step": "credit", "n": [1, 2]},
    ),
    error="KeyError",
    detail="",
    tries=3,
    first_at=NOW + MINUTE,
    last_at=NOW + MINUTE,
)
MESSAGE = MessageRecord(
    event="chk_1-1-0",
    template="welcome",
    retailer="northstar",
    checkout="chk_1",
    provider="texts",
    reference="REF1",
    state=MessageState.SENDING,
    first_at=NOW,
    last_at=NOW,
    give_up_at=NOW + 5 * MINUTE,
)
JOURNEY = Journey(
    checkout="chk_1",
    retailer="northstar",
    flow="handset",
    digest="sha256:1",
    began_at=NOW,
    at=NOW,
    position=(1, 0),
    price=PurchaseValue(due_today=100, parts=("handset",)),
    steps={
        "credit": Track(state=State.IN_REVIEW, provider="a", moved=(1, 0), ready_at=NOW),
    },
    providers={"credit": ("a", "b")},
    waiting=("credit", "a"),
)
KEY = CounterKey(
    "northstar", "funnel", "2026-11-21", "handset", "begun", "contact", "texts", "slow", "GBP"
)
ENDPOINT = Endpoint(
    id="we_1",
    retailer="northstar",
    url="https://shop.example/hooks",
    types=("step.*", "checkout.completed.v1"),
    description="orders",
    secret="whsec_made",
    old_secrets=(OldSecret(secret="whsec_old", until=NOW + HOUR),),
    failures=3,
    failing_since=NOW,
    hold_until=NOW,
    made_of="sha256:1",
    created_at=NOW + MINUTE,
    updated_at=NOW + MINUTE,
)
DELIVERY = DeliveryRecord(
    id="we_1:chk_1-1-0",
    endpoint="we_1",
    retailer="northstar",
    event="chk_1-1-0",
    checkout="chk_1",
    version=1,
    index=0,
    type="step.passed.v1",
    at=NOW + MINUTE,
    body='{"id": "ä"}',
    next_at=NOW,
    created_at=NOW,
)
ENTRY = AuditRecord(
    id="aud_1",
    at=NOW,
    operator="alice",
    action="retry",
    retailer="northstar",
    subject="chk_1",
    step="credit",
    reason="it is back",
    detail={"verdict": "passed", "more": [1, {"a": None}]},
    ended_at=NOW + timedelta(seconds=2),
    outcome="refused",
    code="too_late",
)
REQUEST = ApprovalRequest(
    id="req_1",
    at=NOW,
    expires_at=NOW + timedelta(hours=24),
    operator="alice",
    action="cancel",
    retailer="northstar",
    subject="chk_1",
    step="",
    reason="asked for by telephone",
    evidence="",
    seen="open",
    body={"verdict": "passed"},
)
SELECTION = BulkSelection(
    digest="sha256:1", at=NOW, asked={"action": "retry"}, targets=[("c", "s", "x")]
)
TRIAL = RoutingSetting(
    retailer="northstar",
    kind="route",
    name="credit",
    settings=RouteSettings(weights={"a": 90.0, "b": 10.0}, closed=("c",)),
    version=1,
    changed_at=NOW,
    changed_by="alice",
    reason="trial",
)
AWAY = ProviderSettings(windows=(Window(begins=NOW, ends=NOW + HOUR),))
SETTINGS = [replace(TRIAL, kind="provider", name="b", settings=AWAY), TRIAL]
PARITY = ProviderParity(
    pair=ProviderPair(
        retailer="northstar", route="credit", live="a", candidate="b", operation="credit.quote"
    ),
    agreed=1,
    differed=1,
    fields=(FieldParity(field="apr", differed=1, example="9.9 | 10.9"),),
)
CATALOGUE = CachedCatalogue(Catalogue(currency="GBP", version="2"), NOW, NOW + HOUR)


@pytest.fixture(params=["sqlite", "postgres"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> SqliteStore | PostgresStore:
    """The file of the version before, or a database with its rows; not opened yet."""
    if request.param == "postgres":
        return PostgresStore(request.getfixturevalue("postgres_url"), keys=KEYS)
    path = tmp_path / "before.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP)
    return SqliteStore(path, keys=KEYS)


@pytest.fixture
async def tables(made: SqliteStore | PostgresStore) -> AsyncIterator[SideTables]:
    """What lies beside the checkouts, as this version sees it."""
    await made.open()
    if isinstance(made, PostgresStore):
        rows = BESIDE.findall(DUMP)
        assert len(rows) == 17
        await made.sql.write(*(Statement(row.removesuffix(";")) for row in rows))
    yield made.tables
    await made.close()


async def test_every_row_is_read_as_it_was_written(tables: SideTables) -> None:
    """Whatever table it is in, whole."""
    assert await tables.dead_letters.get(LETTER.id) == LETTER
    assert await tables.stream_cursors.places() == {"reports": "7@2026"}
    assert await tables.messages.by_reference("REF1") == MESSAGE
    assert await tables.reports.journey("chk_1") == JOURNEY
    query = ReportQuery(retailer="northstar", first="2026-11-21", last="2026-11-21")
    assert await tables.reports.counts(query, "funnel", daily=True) == {KEY: 3}
    assert await tables.endpoints.get("we_1") == ENDPOINT
    assert await tables.deliveries.get(DELIVERY.id) == DELIVERY
    assert list((await tables.audit_log.page({})).entries) == [ENTRY]
    assert await tables.requests.get("req_1") == REQUEST
    assert await tables.requests.selection("sha256:1") == SELECTION
    assert list(await tables.routing_settings.all()) == SETTINGS
    assert list(await tables.parity.report(NOW)) == [PARITY]
    assert await tables.catalogues.get("northstar") == CATALOGUE


async def test_every_row_goes_on(tables: SideTables) -> None:
    """What is compared before it is written is equal, so the first change of each succeeds."""
    await tables.dead_letters.add(LETTER)
    assert await tables.dead_letters.close(LETTER.id, "replayed", at=NOW, tries=1)
    letter = await tables.dead_letters.get(LETTER.id)
    assert letter is not None
    assert letter.tries == 7
    await tables.stream_cursors.move("reports", expected="7@2026", to="8@2026")
    await tables.messages.again(MESSAGE, replace(MESSAGE, tries=2))
    await tables.reports.put([(JOURNEY, replace(JOURNEY, position=(2, 0)))], {KEY: 1})
    await tables.endpoints.change(
        replace(ENDPOINT, url="https://n.example/"), expected=NOW + MINUTE
    )
    assert [one.id for one in await tables.endpoints.ready(NOW)] == ["we_1"]
    assert list(await tables.deliveries.heads("we_1", NOW, 9)) == [DELIVERY]
    assert await tables.requests.decide("req_1", "approved", "bob", now=NOW)
    for one in SETTINGS:
        await tables.routing_settings.put(one)
    assert {one.version for one in await tables.routing_settings.all()} == {2}
