"""The stand-in of Dropbox Sign: requests, e-mailed and embedded signing, events."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import StandInError, back_to, base_of, chosen, hosted, hosted_page
from unshackled_adapters.dropbox_sign.fake_requests import Books, Signing

STATUS: Final = {
    "bad_request": 400,
    "invalid_recipient": 400,
    "signature_request_cancel_failed": 400,
    "signature_request_remove_failed": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "deleted": 410,
}
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.(?!invalid$)[^@\s]+")
CHOICES: Final = {"sign": "signed", "decline": "declined"}
LINK_LIVES: Final = timedelta(minutes=60)
Body = dict[str, Any]
Handler = Callable[[Request, Body], Body]


def no(name: str) -> StandInError:
    """Their error of a name."""
    return StandInError(STATUS[name], name)


class DropboxSign:
    """The vendor's side: an account, its requests, and the pages where they are signed."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.books = Books(stand_in=stand_in)

    def send(self, request: Request, body: Body) -> Body:
        """Make a request from a template and send its e-mail."""
        return {"signature_request": self._made(body, embedded=False).document()}

    def create_embedded(self, request: Request, body: Body) -> Body:
        """Make a request from a template that only an embedded page opens."""
        if not body.get("client_id"):
            raise no("bad_request")
        return {"signature_request": self._made(body, embedded=True).document()}

    def _made(self, body: Body, *, embedded: bool) -> Signing:
        (signer,) = body["signers"]
        if not body["template_ids"] or not signer["role"] or not signer["name"]:
            raise no("bad_request")
        if not EMAIL.fullmatch(signer["email_address"]):
            raise no("invalid_recipient")
        made = self.books.add(body, signer, embedded=embedded)
        self.books.tell(made, "signature_request_sent")
        return made

    def get(self, request: Request, body: Body) -> Body:
        """One request."""
        return {"signature_request": self._of(request).document()}

    def list(self, request: Request, body: Body) -> Body:
        """The account's requests, newest first; a search knows them after a while only."""
        size, number = (int(request.query_params.get(n, d)) for n, d in SIZES)
        query = request.query_params.get("query")
        found = self.books.search(query) if query else self.books.newest()
        rows = [one.document() for one in found[(number - 1) * size : number * size]]
        pages = -(-len(found) // size)
        info = {"page": number, "num_pages": pages, "num_results": len(found), "page_size": size}
        return {"signature_requests": rows, "list_info": info}

    def sign_url(self, request: Request, body: Body) -> Body:
        """An address that opens the signing once, within the hour, in an embedded page."""
        one = self.books.by_signature(request.path_params["signature"])
        if one is None or one.gone:
            raise no("not_found")
        if not one.embedded or one.status != "awaiting_signature":
            raise no("bad_request")
        expires = self.stand_in.now() + LINK_LIVES
        url = f"{base_of(request)}/editor/embeddedSign?token={one.new_token(expires)}"
        return {"embedded": {"sign_url": url, "expires_at": int(expires.timestamp())}}

    def cancel(self, request: Request, body: Body) -> Body:
        """Take back a request that is not signed by all; the work is queued, here done at once."""
        one = self._of(request)
        if one.status != "awaiting_signature":
            raise no("signature_request_cancel_failed")
        if self.stand_in.state.get("cancels_later"):
            return {}
        one.gone = True
        self.books.tell(one, "signature_request_canceled")
        return {}

    def remove(self, request: Request, body: Body) -> Body:
        """Take a finished request out of the account."""
        one = self._of(request)
        if one.status == "awaiting_signature":
            raise no("signature_request_remove_failed")
        one.gone = True
        if one.status == "signed":
            self.stand_in.record("agreement.void", one.reference, envelope=one.id)
        return {}

    def account(self, request: Request, body: Body) -> Body:
        """Set where the account's events go."""
        self.stand_in.state["callback_url"] = body["callback_url"]
        return {"account": {"callback_url": body["callback_url"]}}

    def _of(self, request: Request) -> Signing:
        one = self.books.requests.get(request.path_params["id"])
        if one is None:
            raise no("not_found")
        if one.gone:
            raise no("deleted")
        return one

    async def page(self, request: Request) -> Response:
        """What the link in the e-mail, or the embedded page, shows."""
        one = self._shown(request)
        return hosted_page(one.title, one.lines, {"sign": "Sign", "decline": "Decline to sign"})

    async def choose(self, request: Request) -> Response:
        """The customer's choice, `sign` or `decline`; the first one counts."""
        one, choice = self._shown(request), await chosen(request)
        if choice not in CHOICES:
            raise no("bad_request")
        if one.status == "awaiting_signature":
            one.status = CHOICES[choice]
            self._ended(one)
        return back_to(one.redirect_url or base_of(request))

    def _ended(self, one: Signing) -> None:
        if one.status == "declined":
            self.books.tell(one, "signature_request_declined")
            return
        self.stand_in.record("agreement.sign", one.reference, envelope=one.id)
        for kind in ("signed", "all_signed", "downloadable"):
            self.books.tell(one, f"signature_request_{kind}")

    def _shown(self, request: Request) -> Signing:
        token = request.query_params.get("token", "")
        one = self.books.requests.get(request.path_params.get("id", token.partition("-")[0]))
        if one is None or one.gone or not one.admits(token, self.stand_in.now()):
            raise no("deleted" if one and one.gone else "not_found")
        return one


SIZES: Final = (("page_size", "20"), ("page", "1"))


def make() -> StandIn:
    """An account without requests."""
    stand_in = StandIn(name="dropbox_sign")
    stand_in.refusal = lambda status: _error(status, "forbidden")
    vendor = DropboxSign(stand_in)
    stand_in.state["books"] = vendor.books

    def route(method: str, path: str, operation: str, handler: Handler) -> None:
        async def endpoint(request: Request, mode: Mode | None) -> Response:
            try:
                _require_key(request)
                body = orjson.loads(await request.body() or b"{}")
                told = handler(request, body)
                limits = _limits(stand_in)
                return answer(told, headers=limits) if told else Response(headers=limits)
            except StandInError as problem:
                return _error(problem.status, problem.code)
            except (KeyError, TypeError, ValueError, AttributeError):
                return _error(400, "bad_request")

        stand_in.route(path, operation, method)(endpoint)

    requests = "/v3/signature_request"
    route("POST", f"{requests}/send_with_template", "agreement.sign", vendor.send)
    route(
        "POST",
        f"{requests}/create_embedded_with_template",
        "agreement.sign",
        vendor.create_embedded,
    )
    route("GET", f"{requests}/list", "agreement.look_up", vendor.list)
    route("POST", f"{requests}/cancel/{{id}}", "agreement.void", vendor.cancel)
    route("POST", f"{requests}/remove/{{id}}", "agreement.void", vendor.remove)
    route("GET", f"{requests}/{{id}}", "agreement.look_up", vendor.get)
    route("GET", "/v3/embedded/sign_url/{signature}", "agreement.sign_url", vendor.sign_url)
    route("PUT", "/v3/account", "account", vendor.account)
    hosted(stand_in, "/sign/{id}", show=vendor.page, choose=vendor.choose)
    hosted(stand_in, "/editor/embeddedSign", show=vendor.page, choose=vendor.choose)
    return stand_in


def _require_key(request: Request) -> None:
    scheme, _, pair = request.headers.get("authorization", "").partition(" ")
    try:
        key = b64decode(pair, validate=True).partition(b":")[0] if scheme == "Basic" else b""
    except ValueError:
        key = b""
    if not key:
        raise no("unauthorized")


def _error(status: int, name: str) -> Response:
    return answer({"error": {"error_msg": name.replace("_", " "), "error_name": name}}, status)


def _limits(stand_in: StandIn) -> dict[str, str]:
    """What they allow each minute."""
    reset = int((stand_in.now() + timedelta(minutes=1)).timestamp())
    return {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "99",
        "X-Ratelimit-Reset": str(reset),
    }
