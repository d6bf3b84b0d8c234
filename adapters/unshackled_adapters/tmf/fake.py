"""The stand-in BSS: the Open APIs the adapter uses, with shelves, orders and lines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_goods import CATALOGUE, shelves
from unshackled.sdk.standin_rest import StandInRequest
from unshackled_adapters.tmf.fake_catalogue import book, offerings
from unshackled_adapters.tmf.fake_orders import Orders
from unshackled_adapters.tmf.fake_stock import Shelves
from unshackled_adapters.tmf.fake_wire import ApiFault, page, serve

CATALOGUE_API: Final = "/tmf-api/productCatalogManagement/v4"
ORDER_API: Final = "/tmf-api/productOrderingManagement/v4"
SERVICE_API: Final = "/tmf-api/serviceOrdering/v4"
STOCK_API: Final = "/tmf-api/stock/v4"
QUALIFICATION_API: Final = "/tmf-api/productOfferingQualification/v4"


def make(
    *, ready_after: timedelta | None = timedelta(seconds=3), partial_stock: bool = False
) -> StandIn:
    """A BSS with full shelves; what takes a while there (`refer`) is ready after `ready_after`.

    With `partial_stock` a reservation gets what there is, and not all of it or none.
    """
    stand_in = StandIn(name="tmf")
    stand_in.refusal = lambda status: ApiFault(status, "20", "Invalid request").document()
    never = timedelta(days=365)
    stock = Shelves(stand_in=stand_in, ready_after=ready_after or never, partial=partial_stock)
    orders = Orders(stand_in=stand_in, shelves=stock, ready_after=ready_after)
    stand_in.state["orders"] = orders
    add = partial(serve, stand_in)
    add("GET", f"{CATALOGUE_API}/catalog/{{id}}", "catalogue.browse", _book)
    add("GET", f"{CATALOGUE_API}/productOffering", "catalogue.browse", _offerings)
    add("POST", f"{STOCK_API}/reserveProductStock", "stock.reserve", stock.reserve)
    add("GET", f"{STOCK_API}/reserveProductStock", "stock.look_up", stock.find)
    add("GET", f"{STOCK_API}/productStock/{{id}}", "stock.look_up", stock.stock)
    add("DELETE", f"{STOCK_API}/productStock/{{id}}", "stock.release", stock.release)
    add("POST", f"{STOCK_API}/checkProductStock", "stock.reserve", stock.check)
    add("POST", f"{ORDER_API}/productOrder", "orders.place", orders.place)
    find, get = partial(orders.find, orders.product), partial(orders.get, orders.product)
    add("GET", f"{ORDER_API}/productOrder", "orders.look_up", find)
    add("GET", f"{ORDER_API}/productOrder/{{id}}", "orders.look_up", get)
    add("POST", f"{ORDER_API}/cancelProductOrder", "orders.cancel", orders.cancel)
    add("POST", f"{QUALIFICATION_API}/productOfferingQualification", "orders.place", _qualify)
    add("POST", f"{SERVICE_API}/serviceOrder", _ordering, orders.serve)
    find, get = partial(orders.find, orders.service), partial(orders.get, orders.service)
    add("GET", f"{SERVICE_API}/serviceOrder", "sim.look_up", find)
    add("GET", f"{SERVICE_API}/serviceOrder/{{id}}", "sim.look_up", get)
    for api in (ORDER_API, SERVICE_API):
        add("POST", f"{api}/hub", "hub", orders.subscribe)
    stand_in.route("/oauth2/token", "token", "POST")(_token)
    stand_in.routes.append(shelves(stock.units))
    return stand_in


async def _ordering(request: Request) -> str:
    """Which of our operations a service order is."""
    ends = b'"delete"' in await request.body()
    return "sim.stop" if ends else "sim.activate"


def _book(request: StandInRequest) -> Response:
    if request.params["id"] != "retail":
        raise ApiFault(404, "60", "Resource not found")
    return answer(book(CATALOGUE))


def _offerings(request: StandInRequest) -> Response:
    return page(offerings(CATALOGUE), request)


def _qualify(request: StandInRequest) -> Response:
    """Whether all of it is on sale; nothing is ordered, and no task is kept."""
    known = {one["id"] for one in offerings(CATALOGUE)}
    items = [
        {
            **item,
            "state": "done",
            "qualificationItemResult": "qualified"
            if item["productOffering"]["id"] in known
            else "unqualified",
        }
        for item in request.data["productOfferingQualificationItem"]
    ]
    body = {
        **request.data,
        "id": "POQ-1",
        "state": "done",
        "productOfferingQualificationItem": items,
    }
    return answer(body, 200)


async def _token(request: Request, mode: Mode | None) -> Response:
    if not request.headers.get("authorization", "").lower().startswith("basic "):
        return answer({"error": "invalid_client"}, 401)
    return answer({"access_token": "made-up-token", "token_type": "Bearer", "expires_in": 3600})
