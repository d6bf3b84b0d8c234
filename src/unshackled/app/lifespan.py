"""What happens when the process starts and stops, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date

from fastapi import FastAPI

from unshackled.app.bank_weights import tell_of_weights
from unshackled.app.components import Components
from unshackled.domain import normal, working_days
from unshackled.errors import StoreError, StoreUnavailable
from unshackled.http.late_routes import load_soon
from unshackled.markets import market_pack
from unshackled.store.port import Store
from unshackled.telemetry import get_logger

log = get_logger(__name__)


@asynccontextmanager
async def lifespan(parts: Components, api: FastAPI) -> AsyncIterator[None]:
    """Open, serve `api`, drain, close; what was opened is closed too when a later part fails."""
    async with AsyncExitStack() as opened:
        opened.callback(parts.telemetry.shutdown)
        await _open(parts.store)
        opened.push_async_callback(parts.store.close)
        await parts.plans.sync()
        opened.push_async_callback(parts.providers.close)
        opened.push_async_callback(parts.catalogues.close)
        opened.push_async_callback(parts.stock_levels.close)
        await parts.router.settings.refresh()
        opened.push_async_callback(parts.router.close)
        routing = asyncio.create_task(parts.router.run(), name="routing")
        opened.callback(routing.cancel)
        indexing = asyncio.create_task(parts.indexer.run(), name="lookups")
        opened.callback(indexing.cancel)
        parts.consumers.start()
        opened.push_async_callback(parts.consumers.close)
        parts.engine.start()
        opened.push_async_callback(parts.engine.close, within=parts.settings.drain)
        erasing = asyncio.create_task(parts.eraser.run(), name="erasures")
        opened.callback(erasing.cancel)
        now, demo = parts.clock.now(), parts.settings.demo
        opened.callback(asyncio.ensure_future(_warm(parts, api, now.date())).cancel)
        tell_of_weights(parts.weights, parts.book, now, demo=demo)
        log.info("service.started", retailers=sorted(parts.book.retailers))
        yield
    log.info("service.stopped")


async def _warm(parts: Components, api: FastAPI, today: date) -> None:
    """Load beside the first requests what one of them would wait for else."""
    calendars = {market_pack(one.market).holidays for one in parts.book.retailers.values()}
    await asyncio.to_thread(load_soon, api)
    await parts.providers.warm()
    await asyncio.to_thread(normal.warm)
    await asyncio.to_thread(working_days.warm, sorted(calendars), today)


async def _open(store: Store) -> None:
    try:
        await store.open()
    except StoreError as error:
        from unshackled.settings import variable

        raise StoreUnavailable(f"{variable('store')}: {error}") from error
