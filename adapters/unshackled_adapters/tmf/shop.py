"""The ports of the shop: TMF620 catalogue, TMF687 stock, TMF622 product orders."""

from __future__ import annotations

from unshackled.sdk import Call, Declined, Found, Outcome, Passed, Refused, Undecided, Undo, Undone
from unshackled.sdk.answers import UNREADABLE, read
from unshackled.sdk.ports import (
    BrowseCatalogue,
    CatalogueFound,
    OrderPlaced,
    PlaceOrder,
    ReserveStock,
    StockReserved,
)
from unshackled.sdk.texts import word
from unshackled_adapters.tmf import catalogue, order_mapping, stock_mapping
from unshackled_adapters.tmf.client import Json, Tmf

EVENT = "ProductOrderStateChangeEvent"


class TmfCatalogue:
    """The catalogue: its version, its offerings, and prices that offerings only refer to."""

    def __init__(self, tmf: Tmf) -> None:
        self._tmf = tmf

    async def browse(self, request: BrowseCatalogue, call: Call) -> Outcome[CatalogueFound]:
        path, settings = self._tmf.settings.catalogue_path, self._tmf.settings
        on_sale = {"lifecycleStatus": catalogue.ON_SALE}
        book = await self._tmf.get(f"{path}/catalog/{settings.catalogue}")
        offerings = await self._tmf.listed(f"{path}/productOffering", on_sale)
        try:
            prices: list[Json] = []
            if catalogue.refers(offerings):
                prices = await self._tmf.listed(f"{path}/productOfferingPrice", on_sale)
            return read(book, lambda message: self._found(message, offerings, prices, call))
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None

    def _found(
        self, book: Json, offerings: list[Json], prices: list[Json], call: Call
    ) -> Outcome[CatalogueFound]:
        now = self._tmf.clock.now()
        return catalogue.catalogue_of(
            book, offerings, prices, call.time_zone, now=now, currency=call.currency
        )


class TmfStock:
    """Reservations: a task that makes reserved stock, which is deleted to give it back."""

    def __init__(self, tmf: Tmf) -> None:
        self._tmf = tmf
        self._path = tmf.settings.stock_path

    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        if call.dry_run:
            body = stock_mapping.check(request)
            answer = await self._tmf.post(f"{self._path}/checkProductStock", body)
            return read(answer, stock_mapping.checked)
        body = stock_mapping.reservation(request, call, self._tmf.clock.now())
        answer = await self._tmf.post(f"{self._path}/reserveProductStock", body)
        return await self._outcome(read(answer, dict))

    async def release(self, request: Undo[StockReserved], call: Call) -> Undone:
        tasks = await self._tasks(request.reference)
        if not tasks:
            return self._tmf.nothing_to_undo("stock.release", call)
        for task in tasks:
            await self._give_back(task)
        if any(stock_mapping.is_under_way(task) for task in tasks):
            message = "stock.release: the reservation is under way still"
            raise Undecided(message, provider=self._tmf.provider)
        return None

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        ended: Outcome[StockReserved] | None = None
        for task in stock_mapping.ranked(await self._tasks(call.reference)):
            outcome = await self._outcome(task)
            if isinstance(outcome, Declined):
                ended = ended or outcome
            elif not isinstance(outcome, Passed) or await self._is_held(task):
                return outcome
        return ended or self._tmf.nothing(call)

    async def _tasks(self, reference: str) -> list[Json]:
        path = f"{self._path}/reserveProductStock"
        found = await self._tmf.listed(path, {"relatedEntity.id": reference})
        try:
            return stock_mapping.ours(found, reference)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None

    async def _outcome(self, task: Json) -> Outcome[StockReserved]:
        """What a task came to; what a declined one holds nevertheless is given back first."""
        try:
            outcome = stock_mapping.reserved(task, self._tmf.settings.poll_after)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None
        if isinstance(outcome, Declined):
            await self._give_back(task)
        return outcome

    async def _give_back(self, task: Json) -> None:
        for number in self._stocks(task):
            await self._tmf.remove(f"{self._path}/productStock/{number}")

    async def _is_held(self, task: Json) -> bool:
        for number in self._stocks(task):
            answer = await self._tmf.get(f"{self._path}/productStock/{number}", expect=(404,))
            if answer.status == 404:
                return False
        return True

    def _stocks(self, task: Json) -> list[str]:
        try:
            return stock_mapping.stock_ids(task)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None


class TmfOrders:
    """Product orders."""

    def __init__(self, tmf: Tmf) -> None:
        self._tmf = tmf
        self._path = tmf.settings.order_path
        self._orders = f"{self._path}/productOrder"

    async def place(self, request: PlaceOrder, call: Call) -> Outcome[OrderPlaced]:
        settings = self._tmf.settings
        if call.dry_run:
            path = f"{settings.qualification_path}/productOfferingQualification"
            answer = await self._tmf.post(path, order_mapping.qualification(request))
            return read(
                answer, lambda message: order_mapping.qualified(message, self._tmf.provider)
            )
        await self._tmf.listen(self._path, EVENT, call)
        body = order_mapping.product_order(request, call, settings.channel)
        answer = await self._tmf.post(self._orders, body)
        return read(answer, self._placed)

    async def cancel(self, request: Undo[OrderPlaced], call: Call) -> Undone:
        """Cancel every order under our reference; one that stays hinders no other."""
        orders = await self._tmf.ours(self._orders, request.reference)
        known = request.output.order if request.output else call.handle
        if known not in [order.get("id") for order in orders]:
            order = await self._tmf.named(self._orders, known, request.reference)
            orders += [order] if order else []
        if not orders:
            return self._tmf.nothing_to_undo("orders.cancel", call)
        stays: Refused | None = None
        for order in orders:
            try:
                await self._cancel(order, call)
            except Refused as error:
                stays = error
        if stays:
            raise stays
        return None

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        order = await self._tmf.named(self._orders, call.handle, call.reference)
        try:
            if order is None:
                orders = await self._tmf.ours(self._orders, call.reference)
                order = order_mapping.best(orders, self._tmf.provider)
            return self._placed(order) if order else self._tmf.nothing(call)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None

    def _placed(self, order: Json) -> Outcome[OrderPlaced]:
        poll_after, provider = self._tmf.settings.poll_after, self._tmf.provider
        return order_mapping.placed(order, poll_after, provider)

    async def _cancel(self, order: Json, call: Call) -> None:
        """Cancel one; one that was never taken in needs nothing."""
        try:
            state, body = order["state"], order_mapping.cancellation(order)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None
        if state in order_mapping.DEAD:
            return
        if state in order_mapping.LEAVING:
            message = f"orders.cancel: the order is {state}"
            raise Undecided(message, provider=self._tmf.provider)
        answer = await self._tmf.post(f"{self._path}/cancelProductOrder", body)
        provider = self._tmf.provider
        if read(answer, lambda task: order_mapping.is_cancelled(task, provider)):
            return
        # It may be cancelled already: by its number it is shown as it is, if not at once.
        now = await self._tmf.get(f"{self._orders}/{word(order['id'])}")
        state = read(now, lambda message: message["state"])
        if state not in order_mapping.DEAD:
            raise self._tmf.not_undone("orders.cancel", call, final=state == "completed")
