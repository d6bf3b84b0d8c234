"""POST /v1/callbacks/{retailer}/{provider}: a provider reports; only signed words count."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.errors import ProviderError
from unshackled.events.notifications.reported import UndeliveredReports
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.size_limits import bounded_notice
from unshackled.flow.runtime.runner import UnknownCheckout
from unshackled.http.body import read
from unshackled.http.checkouts.checkout_schemas import Received
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem
from unshackled.http.responses import answer
from unshackled.http.route_documents import answers
from unshackled.ports.outcome import Notice
from unshackled.sdk import BadSignature, RawCallback
from unshackled.telemetry import Where, get_logger, problem_of, tell_problem, whose

log = get_logger(__name__)
RAW = {
    "requestBody": {
        "required": True,
        "description": "As the provider writes it; its signature is over these bytes.",
        "content": {"*/*": {"schema": {}}},
    },
    "security": [],
}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/callbacks/{retailer}/{provider}",
        tags=["providers"],
        operation_id="receiveCallback",
        summary="Receive a provider's message",
        responses=answers(
            200,
            Received,
            "Taken; the same again is taken too and changes nothing.",
            problems=("bad_signature", "payload_too_large", "unknown_reference"),
        ),
        openapi_extra=RAW,
        response_model=None,
    )
    async def receive(request: Request, retailer: str, provider: str) -> Response:
        """Checked on the raw body, then folded into the checkout like an answer."""
        raw = RawCallback(
            body=await read(request),
            headers=dict(request.headers),
            received_at=context.services.clock.now(),
            url=address(context.services.public_url, request),
        )
        notices = await _notices(context, retailer, provider, raw)
        taken = [await _take(context, retailer, provider, notice) for notice in notices]
        if not all(taken):
            # References are written before anything is sent: these belong to another environment.
            unknown = taken.count(False)
            log.warning("callback.unknown", **whose(retailer), provider=provider, count=unknown)
        if taken and not any(taken):
            detail = "The reference is not known yet: send it again."
            raise Problem("unknown_reference", detail, headers={"Retry-After": "30"})
        wanted = context.services.providers.acknowledgement(retailer, provider)
        if wanted is not None:
            return Response(wanted, media_type="text/plain")
        return answer({"received": len(taken)})


def address(public_url: str, request: Request) -> str:
    """The public URL a request was sent to, query included, as vendors sign it."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{public_url}{request.url.path}{query}"


async def _notices(
    context: ApiContext, retailer: str, provider: str, raw: RawCallback
) -> Iterable[Notice]:
    try:
        return await context.services.providers.callback(retailer, provider, raw)
    except (BadSignature, LookupError) as error:
        # The same for both, so that nobody can find out which providers a retailer has.
        why = str(error) if isinstance(error, BadSignature) else "no such provider"
        log.warning("callback.refused", **whose(retailer), provider=provider, why=why)
        detail = "The signature, the age or the shape of the message is wrong."
        raise Problem("bad_signature", detail) from None
    except ProviderError as error:
        now = context.services.clock.now()
        problem = problem_of(error, at=now, provider=provider, operation="", kind="callback")
        tell_problem(log, None, Where(account=retailer), problem)
        detail = "The provider could not be asked what its message means: send it again."
        raise Problem("unknown_reference", detail, headers={"Retry-After": "30"}) from None


async def _take(context: ApiContext, retailer: str, provider: str, notice: Notice) -> bool:
    """Fold one notice; a reference of another account is as good as unknown.

    Whose the effect is is decided on the snapshot that the notice is folded into, so that the store
    is asked once: whose checkout it is. No step's is the reference of a message that an event sent.
    """
    command = c.RecordNotice(
        reference=notice.reference,
        outcome=bounded_notice(notice.outcome, provider),
        account=retailer,
        provider=provider,
    )
    services = context.services
    try:
        known = await services.engine.notify(notice.reference, command)
    except UnknownCheckout:
        return False
    except Rejected as rejected:
        if rejected.code != "unknown_reference":
            raise
        return False
    if known:
        return True
    messages = services.store.tables.messages
    reports = UndeliveredReports(messages, services.clock, services.engine.command)
    return await reports.take(retailer, provider, notice)
