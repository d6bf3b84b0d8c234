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

from collections.abc import Callable, Mapping
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

    def doing(self, key: str) -> Callable[[StandInRequest], Response]:
        """An effect; a decline does nothing."""

        def handle(request: StandInRequest) -> Response:
            body = _answer(key, request)
            self.effects[key, request.key] = body
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

    def _known(self, key: str, request: StandInRequest) -> Mapping[str, Any]:
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
