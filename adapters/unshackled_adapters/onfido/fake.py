"""The stand-in of Onfido: people, runs of a workflow, and the page of a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.answers import moment
from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import (
    StandInError,
    back_to,
    base_of,
    chosen,
    demo_secret,
    hosted,
    hosted_page,
)
from unshackled_adapters.onfido.callback import COMPLETED, HEADER, signature

NAME: Final = re.compile(r"[^!#$%*=<>;{}\"]+")
LINE: Final = re.compile(r"[^!$%^*=<>]*")
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_TAGS: Final = 30
LONGEST_TAG: Final = 128
PER_PAGE: Final = 20
LINK_LIVES: Final = timedelta(days=7)
# In their sandbox the family name decides: this one is suspicious.
SUSPICIOUS: Final = "consider"
Wire = dict[str, Any]


class Invalid(Exception):
    """Fields of an applicant that are not to be worked with."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)


@dataclass(kw_only=True)
class WorkflowRun:
    """One run; `fate` is what becomes of it when the customer has finished."""

    document: Wire
    person: Mapping[str, Any]
    fate: str

    @property
    def reference(self) -> str:
        """The first tag: our reference."""
        return str(next(iter(self.document["tags"]), ""))


@dataclass(kw_only=True)
class Books:
    """The account; `state["webhook_url"]` is where its events go."""

    stand_in: StandIn
    people: dict[str, Wire] = field(default_factory=dict)
    runs: dict[str, WorkflowRun] = field(default_factory=dict)
    numbers: int = 0

    def number(self) -> str:
        """A new id."""
        self.numbers += 1
        return f"00000000-0000-4000-8000-{self.numbers:012d}"

    def create_applicant(self, request: Request, body: Wire, mode: Mode | None) -> Wire:
        """POST /applicants."""
        names = (body["first_name"], body["last_name"])
        address = body.get("address") or {"postcode": "", "country": ""}
        lines = [address.get(name) or "" for name in ("line1", "line2", "line3")]
        asked = zip(("first_name", "last_name"), names, strict=True)
        wrong = [field for field, name in asked if not NAME.fullmatch(name)]
        whole = {"postcode", "country"} <= address.keys()
        if not whole or not all(LINE.fullmatch(line) for line in lines):
            wrong.append("address")
        if wrong:
            raise Invalid(wrong)
        number = self.number()
        made = {**body, "id": number, "created_at": self._now(), "sandbox": True}
        made["href"] = f"/v3.6/applicants/{number}"
        self.people[number] = made
        return made

    def delete_applicant(self, request: Request, body: Wire, mode: Mode | None) -> Wire:
        """DELETE /applicants/{id}."""
        if self.people.pop(request.path_params["id"], None) is None:
            raise StandInError(404, "resource_not_found")
        return {}

    def start(self, request: Request, body: Wire, mode: Mode | None) -> Wire:
        """POST /workflow_runs: the run waits for the customer."""
        tags, person = body.get("tags") or [], self.people.get(body["applicant_id"])
        long = [tag for tag in tags if not 1 <= len(tag) <= LONGEST_TAG]
        if len(tags) > MOST_TAGS or long or not UUID.fullmatch(body["workflow_id"]):
            raise StandInError(422, "validation_error")
        if person is None:
            raise StandInError(404, "resource_not_found")
        number, link = self.number(), dict(body.get("link") or {})
        link.setdefault("expires_at", (self.stand_in.now() + LINK_LIVES).isoformat())
        link["url"] = f"{base_of(request)}/l/{number}"
        told = {
            "id": number,
            "applicant_id": body["applicant_id"],
            "workflow_id": body["workflow_id"],
            "workflow_version_id": 1,
            "status": "awaiting_input",
            "tags": tags,
            "link": link,
            "reasons": [],
            "sdk_token": None,
            "created_at": self._now(),
            "updated_at": self._now(),
        }
        suspicious = SUSPICIOUS in person["last_name"].lower()
        fates = {"decline": "declined", "refer": "review"}
        fate = fates.get(mode or "", "declined" if suspicious else "approved")
        self.runs[number] = WorkflowRun(document=told, person=person, fate=fate)
        return told

    def list(self, request: Request, body: Wire, mode: Mode | None) -> list[Wire]:
        """GET /workflow_runs: newest first, by tag if asked."""
        wanted, page = request.query_params.get("tags"), int(request.query_params.get("page", 1))
        parts = self.stand_in.state.get("finds_parts")
        found = [
            one.document
            for one in self.runs.values()
            if wanted in (None, *one.document["tags"])
            or (parts and str(wanted) in str(one.document["tags"]))
        ]
        return list(reversed(found))[(page - 1) * PER_PAGE : page * PER_PAGE]

    def get(self, request: Request, body: Wire, mode: Mode | None) -> Wire:
        """GET /workflow_runs/{id}."""
        made = self.runs.get(request.path_params["id"])
        if made is None:
            raise StandInError(404, "resource_not_found")
        return made.document

    def register(self, request: Request, body: Wire, mode: Mode | None) -> Wire:
        """POST /webhooks: where the events go from now on."""
        self.stand_in.state["webhook_url"] = body["url"]
        number, token = self.number(), demo_secret("ONFIDO_WEBHOOK_TOKEN").get_secret_value()
        href = f"/v3.6/webhooks/{number}"
        return {"id": number, "url": body["url"], "enabled": True, "token": token, "href": href}

    def end(self, record: WorkflowRun, status: str, *reasons: str) -> None:
        """A run comes to its end, and its event is sent."""
        record.document["status"], record.document["reasons"] = status, list(reasons)
        record.document["updated_at"] = self._now()
        if status == "approved":
            self.stand_in.record("identity.verify", record.reference, run=record.document["id"])
        self.tell(record, COMPLETED)

    def tell(self, record: WorkflowRun, action: str) -> None:
        """Send an event about a run, signed."""
        url, told = self.stand_in.state.get("webhook_url"), record.document
        if not url:
            return
        kept = ("id", "applicant_id", "workflow_id", "status", "tags", "reasons", "link")
        payload = {
            "resource_type": "workflow_run",
            "action": action,
            "object": {
                "id": told["id"],
                "status": told["status"],
                "completed_at_iso8601": told["updated_at"],
                "href": f"https://api.eu.onfido.com/v3.6/workflow_runs/{told['id']}",
            },
            "resource": {name: told[name] for name in kept},
        }
        raw = orjson.dumps({"payload": payload})
        signed = signature(demo_secret("ONFIDO_WEBHOOK_TOKEN"), raw).decode()
        headers = {HEADER: signed, "Content-Type": "application/json"}
        self.stand_in.later(self.stand_in.deliver(url, raw, headers))

    async def page(self, request: Request) -> Response:
        """What the customer sees."""
        made = self._shown(request)
        facts = {"Name": f"{made.person['first_name']} {made.person['last_name']}"}
        buttons = {"finish": "Send document and selfie", "leave": "Leave"}
        return hosted_page("Verify your identity", facts, buttons)

    async def choose(self, request: Request) -> Response:
        """The customer's choice, `finish` or `leave`; the first `finish` counts."""
        made, choice = self._shown(request), await chosen(request)
        if choice not in ("finish", "leave"):
            raise StandInError(422, "choice_must_be_finish_or_leave")
        if choice == "finish" and made.document["status"] == "awaiting_input":
            reasons = self.stand_in.state.get("reasons", ()) if made.fate == "declined" else ()
            self.end(made, made.fate, *reasons)
        return back_to(made.document["link"].get("completed_redirect_url") or base_of(request))

    def _shown(self, request: Request) -> WorkflowRun:
        made = self.runs.get(request.path_params["run"])
        if made is None:
            raise StandInError(404, "resource_not_found")
        if self.stand_in.now() >= moment(made.document["link"]["expires_at"]):
            raise StandInError(410, "link_expired")
        return made

    def _now(self) -> str:
        return written(self.stand_in.now())


def make() -> StandIn:
    """An account without runs."""
    stand_in = StandIn(name="onfido")
    stand_in.refusal = lambda status: _error(status, "bad_request")
    books = stand_in.state["books"] = Books(stand_in=stand_in)

    def route(method: str, path: str, operation: str, act: Callable[..., Any], good: int) -> None:
        async def endpoint(request: Request, mode: Mode | None) -> Response:
            try:
                if not request.headers.get("authorization", "").startswith("Token token="):
                    raise StandInError(401, "authorization_error")
                body = orjson.loads(await request.body() or b"{}")
                told = act(request, body, mode)
                return Response(status_code=good) if good == 204 else answer(told, good)
            except Invalid as invalid:
                return _error(422, "validation_error", invalid.fields)
            except StandInError as problem:
                return _error(problem.status, problem.code)
            except (KeyError, TypeError, ValueError, AttributeError):
                return _error(422, "validation_error")

        stand_in.route(f"/v3.6{path}", operation, method)(endpoint)

    route("POST", "/applicants", "identity.applicant", books.create_applicant, 201)
    route("DELETE", "/applicants/{id}", "identity.forget", books.delete_applicant, 204)
    route("POST", "/workflow_runs", "identity.verify", books.start, 201)
    route("POST", "/webhooks", "webhook", books.register, 201)
    route("GET", "/workflow_runs", "identity.look_up", books.list, 200)
    route("GET", "/workflow_runs/{id}", "identity.look_up", books.get, 200)
    hosted(stand_in, "/l/{run}", show=books.page, choose=books.choose)
    return stand_in


def _error(status: int, kind: str, fields: Sequence[str] = ()) -> Response:
    wrong = {name: ["invalid"] for name in fields}
    error = {"type": kind, "message": kind.replace("_", " "), "fields": wrong}
    return answer({"error": error}, status)


def written(at: datetime) -> str:
    """A time as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
