"""/ops/letters: events that a consumer could not take; read, replayed or discarded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import is_live, retailer_of
from unshackled.events.dead_letter_service import DeadLetterService, UnknownConsumer, UnknownLetter
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.read import wrong_cursor
from unshackled.http.context import ApiContext
from unshackled.http.ops.audit import request_body
from unshackled.http.ops.execution import Action, audited, need_clean, needs_second, put_request
from unshackled.http.ops.ops_schemas import (
    DeadLetter,
    LetterPage,
    LetterState,
    OperatorAction,
    OperatorRequest,
)
from unshackled.http.problems import Problem, not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    answers,
    second_person_response,
    secured,
    takes,
)
from unshackled.store.side_tables.dead_letters import OPEN, LetterRecord


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _reading(app, context)
    _deciding(app, context, "replay", "replayLetter", "Hand an event to its consumer once more")
    _deciding(app, context, "discard", "discardLetter", "Close a dead letter for good")


def _reading(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/ops/letters",
        tags=["operations"],
        operation_id="listLetters",
        summary="List dead letters, newest first",
        responses=answers(200, LetterPage, "A page.", problems=(*CHECKED, "invalid_input")),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def listing(
        request: Request,
        *,
        retailer: Annotated[str | None, Query(max_length=64)] = None,
        consumer: Annotated[str | None, Query(max_length=100)] = None,
        state: Annotated[LetterState, Query()] = "open",
        cursor: Annotated[str | None, Query(max_length=400)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Events that a consumer could not take in several tries; others were not held up."""
        await context.guard.operator(request)
        try:
            page = await service_of(context).letters.page(
                consumer=consumer, state=state, retailer=retailer, after=cursor, limit=limit
            )
        except ValueError:
            raise wrong_cursor() from None
        items = [letter_body(one) for one in page.letters]
        return answer({"items": items, "next_cursor": page.next})

    @app.get(
        "/ops/letters/{letter}",
        tags=["operations"],
        operation_id="readLetter",
        summary="Read a dead letter with its event",
        responses=answers(200, DeadLetter, "The letter.", problems=CHECKED),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def read(request: Request, letter: str) -> Response:
        """The event has nothing personal in it, as no event has."""
        await context.guard.operator(request)
        try:
            found = await service_of(context).read(letter)
        except UnknownLetter:
            raise not_found() from None
        return answer({**letter_body(found), "data": found.event.data})


def _deciding(
    app: FastAPI,
    context: ApiContext,
    name: Literal["replay", "discard"],
    operation: str,
    summary: str,
) -> None:
    problems = (*CHECKED, *BODY, "letter_closed", "unknown_consumer")

    @app.post(
        f"/ops/letters/{{letter}}/{name}",
        tags=["operations"],
        operation_id=operation,
        summary=summary,
        description=_SAYS[name],
        responses={
            **answers(200, DeadLetter, "The letter after it.", problems=problems),
            **second_person_response(OperatorRequest),
        },
        openapi_extra={**takes(OperatorAction), **secured("operator")},
        response_model=None,
    )
    async def decide(request: Request, letter: str) -> Response:
        operator = await context.guard.operator(request)
        body = parse(OperatorAction, await read_object(request))
        need_clean(body)
        action = Action(
            name=name,
            operator=operator.id,
            reason=body.reason,
            evidence=body.evidence,
            subject=letter,
        )
        return await _ask(context, action)


_SAYS: Final[Mapping[str, str]] = {
    "replay": "It comes late, after others of its checkout. When it fails again it stays open.",
    "discard": "Its consumer never gets the event.",
}


async def _ask(context: ApiContext, action: Action) -> Response:
    async with audited(context, action) as trail:
        if needs_second(context, action):
            await _open(context, action.subject)
            request = await put_request(context, action, trail)
            return answer(request_body(request), 202)
        return answer(letter_body(await carry_out(context, action)))


async def _open(context: ApiContext, letter: str) -> LetterRecord:
    """A letter that can be decided on."""
    try:
        found = await service_of(context).read(letter)
    except UnknownLetter:
        raise not_found() from None
    if found.state != OPEN:
        raise Problem("letter_closed", f"The letter was {found.state}.")
    return found


async def carry_out(context: ApiContext, action: Action) -> LetterRecord:
    """Replay or discard an open letter."""
    await _open(context, action.subject)
    service = service_of(context)
    try:
        if action.name == "discard":
            return await service.discard(action.subject)
        return await service.replay(action.subject)
    except UnknownConsumer as error:
        raise Problem("unknown_consumer", f"{str(error)[:1].upper()}{str(error)[1:]}.") from None


def service_of(context: ApiContext) -> DeadLetterService:
    """The process's desk; one without consumers can only list, read and discard."""
    services = context.services
    return services.letters or DeadLetterService(
        services.store.tables.dead_letters, (), services.clock
    )


def letter_body(letter: LetterRecord) -> dict[str, Any]:
    """A letter as JSON, without the data of its event."""
    return {
        "id": letter.id,
        "consumer": letter.consumer,
        "event": letter.event.id,
        "type": letter.event.type,
        "checkout": letter.event.checkout,
        "retailer": retailer_of(letter.event.retailer),
        "livemode": is_live(letter.event.retailer),
        "error": letter.error,
        "detail": letter.detail,
        "tries": letter.tries,
        "state": letter.state,
        "first_at": letter.first_at,
        "last_at": letter.last_at,
    }
