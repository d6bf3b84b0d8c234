"""The longer pieces of a new adapter's files, with names in capitals to fill in."""

from __future__ import annotations

from typing import Final

CLIENT: Final = '''class Client:
    """Sends requests to TITLE with its key; our reference is the idempotency key."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def send(
        self, path: str, body: Mapping[str, Any], call: Call, expect: tuple[int, ...] = (402,)
    ) -> Answer:
        """Ask for something; 402 is a business no."""
        headers = self._headers(call)
        answer = await self._http.request("POST", path, json=body, headers=headers, expect=expect)
        return _about(answer, call.reference)

    async def find(self, path: str, call: Call) -> Answer:
        """Ask what became of it; 404 means that there is nothing."""
        headers = self._headers(call)
        answer = await self._http.request("GET", path, headers=headers, expect=(404,))
        return _about(answer, call.reference)
UNDO_HERE
    def _headers(self, call: Call) -> dict[str, str]:
        key = self._settings.api_key.get_secret_value()
        return {"Authorization": f"Bearer {key}", "Idempotency-Key": call.reference}


def _about(answer: Answer, reference: str) -> Answer:
    """An answer that says our reference: what does not is not about our call."""
    if answer.status < 400 and read(answer, lambda data: data["reference"]) != reference:
        raise answer.malformed("not about our call")
    return answer
'''
UNDO: Final = '''
    async def undo(self, path: str, reference: str, call: Call) -> Undone:
        """Take it back; 404 means that there is nothing to take back."""
        path, headers = f"{path}/{reference}", self._headers(call)
        answer = await self._http.request("POST", path, headers=headers, expect=(404,))
        return undone(_about(answer, reference), lambda data: data["undone"] is True)
'''
DECLINES: Final = '''
# The backend's codes and ours; see the vocabulary in docs/adapters.md.
DECLINES: Final[Mapping[str, str]] = {"declined": "declined"}
DEFAULT_DECLINE: Final = "declined"


def declined(data: Json) -> Declined:
    """What a business no of the backend means."""
    return Declined(code=DECLINES.get(str(data["error"]["code"]), DEFAULT_DECLINE))
'''
WAITS: Final = """
# The backend does not know yet (202): when to ask again.
NOT_YET: Final = Pending(poll_after=timedelta(minutes=30))
"""
FAKE: Final = '''"""The stand-in of TITLE: keeps what it did, and repeats its answers."""

from __future__ import annotations

COUNTER_HEREfrom collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import StandInRequest, StandInError, Rest

# What each operation answers.
ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = ANSWERS_HERE
EFFECTS: Final[list[str]] = EFFECTS_HERE
WAITS: Final[list[str]] = WAITS_HERE
# Each undo and the effect that it takes back.
UNDOES: Final[Mapping[str, str]] = UNDOES_HERE


def make() -> StandIn:
    """A TITLE that has done nothing yet."""
    stand_in = StandIn(name="NAME")
    rest = Rest(stand_in=stand_in)
    books = Books(stand_in)
    for key in ANSWERS:
        path = "/" + key.replace(".", "/")
        if key in EFFECTS:
            rest.effect(path, key)(books.doing(key))
            rest.get(path + "/{reference}", f"{key}.look_up")(books.finding(key))
        else:
            rest.post(path, key)(books.telling(key))
    for undo, key in UNDOES.items():
        path = "/" + undo.replace(".", "/") + "/{reference}"
        rest.post(path, undo)(books.undoing(undo, key))
    return stand_in


class Books:
    """What was done, by operation and reference."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.effects: dict[tuple[str, str], Mapping[str, Any]] = {}
REQUESTS_HERE
    def doing(self, key: str) -> Callable[[StandInRequest], Response]:
        """An effect; a decline does nothing."""

        def handle(request: StandInRequest) -> Response:
            body = _answer(key, request)
CHECKS_HERE            self.effects[key, request.key] = body
            facts = {name: body[name] for name in ("amount", "currency") if name in body}
            self.stand_in.record(key, request.key, **facts)
            return answer(body, 201)

        return handle

    def telling(self, key: str) -> Callable[[StandInRequest], Response]:
        """A query; one that waits does not know yet where it is referred."""

        def handle(request: StandInRequest) -> Response:
            if key in WAITS and request.mode == "refer":
                return answer({"reference": request.data["reference"]}, 202)
            return answer(_answer(key, request))

        return handle

    def finding(self, key: str) -> Callable[[StandInRequest], Response]:
        """A look-up by our reference."""
        return lambda request: answer(self._known(key, request))

    def undoing(self, undo: str, key: str) -> Callable[[StandInRequest], Response]:
        """An undo by our reference; the second one changes nothing."""

        def handle(request: StandInRequest) -> Response:
            self._known(key, request)
            reference = request.params["reference"]
            if request.mode in ("decline", "refer"):
                return answer({"reference": reference, "undone": False})
            if not self.stand_in.done(undo, reference):
                self.stand_in.record(undo, reference)
            return answer({"reference": reference, "undone": True})

        return handle

LIMITS_HERE    def _known(self, key: str, request: StandInRequest) -> Mapping[str, Any]:
        body = self.effects.get((key, request.params["reference"]))
        if body is None:
            raise StandInError(404, "unknown_reference")
        return body


def _answer(key: str, request: StandInRequest) -> Mapping[str, Any]:
    if request.mode == "decline":
        raise StandInError(402, "declined")
    told = {name: request.data[name] for name in ("amount", "currency") if name in request.data}
    body = {name: told.get(name, value) for name, value in ANSWERS[key].items()}
    return {**body, "reference": request.data["reference"]}
'''
REQUESTS: Final = "        self.requests: dict[tuple[str, str], Mapping[str, Any]] = {}\n"
CHECKS: Final = {
    "payment.refund_amount": """            if key == "payment.refund_amount":
                self._require_money(request)
""",
    "orders.accept_return": """            if key == "orders.accept_return":
                self._require_goods(request)
""",
    "sim.stop": """            if key == "sim.stop" and self._is_closed(request):
                self.effects[key, request.key] = body
                return answer(body, 201)
""",
}
KEEPS: Final = "            self.requests[key, request.key] = request.data\n"
LIMITS: Final = {
    "payment.refund_amount": '''    def _require_money(self, request: StandInRequest) -> None:
        """No more of a payment goes back than was taken."""
        sale = request.data["sale"]
        taken = sum(
            body["amount"]
            for (key, reference), body in self.effects.items()
            if reference == sale and key in ("payment.charge", "payment.capture")
        )
        given = sum(
            data["amount"]
            for (key, _), data in self.requests.items()
            if key == "payment.refund_amount" and data["sale"] == sale
        )
        if given + request.data["amount"] > taken:
            raise StandInError(402, "declined")

''',
    "orders.accept_return": '''    def _require_goods(self, request: StandInRequest) -> None:
        """Each unit of an order comes back once."""
        sale = request.data["sale"]
        left = Counter(self.requests.get(("orders.place", sale), {}).get("skus", ()))
        for (key, _), data in self.requests.items():
            if key == "orders.accept_return" and data["sale"] == sale:
                left.subtract(data["skus"])
        if any(number > left[sku] for sku, number in Counter(request.data["skus"]).items()):
            raise StandInError(402, "declined")

''',
    "sim.stop": '''    def _is_closed(self, request: StandInRequest) -> bool:
        """Whether the line of a sale was closed before."""
        return any(
            key == "sim.stop" and data["sale"] == request.data["sale"]
            for (key, _), data in self.requests.items()
        )

''',
}

README: Final = """# TITLE

What it wraps, which version of whose interface, and on which day its documents were read.

| setting | |
|---|---|
| `base_url` | where the backend is |
| `api_key` | key sent as a bearer token |

| operation | theirs | way out of doubt |
|---|---|---|
ROWS

Their codes for a business no are in `mapping.DECLINES`. Callbacks: none.

The stand-in declines, fails and loses answers by the switches of every stand-in.

Not verified: everything above, until it has been held against the vendor's documents.
"""
