"""End to end: a customer's data goes in everywhere, and nothing of it comes out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from tests.telemetry.conftest import Seen
from unshackled.domain.customer import BankAccount, Contact
from unshackled.errors import Refused
from unshackled.telemetry import CheckoutTrace, bind_checkout, start_telemetry

CONTACT = Contact(
    given_name="Zelda",
    family_name="Quixano",
    email="zelda@quixano.example",
    phone="+447700900123",
    date_of_birth=date(1987, 6, 5),
)
ACCOUNT = BankAccount(account_holder="Z QUIXANO", sort_code="209876", account_number="44556677")
CARD = "4929 0000 0000 6000"
KEY = "sk_live_51Hx9aBcDeF"
LEAKS = (
    *("Zelda", "Quixano", "QUIXANO", "quixano.example", "7700900123", "1987-06", "1987, 6"),
    *("209876", "44556677", "4929", "51Hx9aBcDeF", "hunter22"),
)


def careless_app(seen: Seen, story: CheckoutTrace) -> FastAPI:
    """Logs and records everything it is given."""
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})

    @app.put("/v1/checkouts/{checkout}/steps/contact")
    async def contact(checkout: str, request: Request) -> dict[str, Any]:
        bind_checkout(story)
        body = await request.json()
        log, recorder = seen.logger, seen.telemetry.recorder
        log.info("submitted", contact=CONTACT, body=body, headers=dict(request.headers))
        log.info("account", account=[ACCOUNT], note=f"call {CONTACT.phone} or {CONTACT.email}")
        log.info(CARD, query={"token": KEY}, password="hunter22")
        with seen.telemetry.tracer.start_as_current_span("library") as span:
            span.set_attribute("http.request.header.authorization", f"Bearer {KEY}")
            span.set_attribute("enduser.email", CONTACT.email)
            span.set_attribute("db.statement", f"select '{CARD}'")
            span.record_exception(ValueError("Zelda Quixano"))
        try:
            with recorder.call_span(story, step="a", provider="b", operation="c.d"):
                raise Refused(f"lender: refused {CONTACT.email}", code="422") from ValueError(body)
        except Refused:
            log.exception("refused")
        raise ValueError(body)

    return app


async def test_nothing_personal_and_no_secret_leaves(seen: Seen, story: CheckoutTrace) -> None:
    """Not in log lines, not in spans, not in metrics."""
    observed = seen.telemetry.middleware(careless_app(seen, story), seen.logger)
    transport = httpx.ASGITransport(observed, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        answer = await client.put(
            "/v1/checkouts/chk_1/steps/contact",
            params={"email": CONTACT.email, "name": "Zelda"},
            headers={"Authorization": f"Bearer {KEY}", "X-Api-Key": KEY, "Cookie": "t=hunter22"},
            json={"given_name": "Zelda", "family_name": "Quixano", "email": CONTACT.email},
        )
    assert answer.status_code == 500
    assert (len(seen.lines()), len(seen.spans())) == (5, 3)
    everything = seen.everything()
    assert [leak for leak in LEAKS if leak in everything] == []


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A collector on loopback: its address, and the last body by path."""
    bodies: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_otlp_collector_gets_spans_and_metrics_redacted(
    collector: tuple[str, dict[str, bytes]], story: CheckoutTrace
) -> None:
    """Where an endpoint is configured, and only there; what is left is sent at shutdown."""
    endpoint, bodies = collector
    telemetry = start_telemetry(sample_ratio=1.0, otlp_endpoint=f"{endpoint}/")
    with telemetry.recorder.step_span(story, "stock"):
        telemetry.meters.called({"outcome": "passed"}, 0.1)
        with telemetry.tracer.start_as_current_span("library") as span:
            span.set_attribute("enduser.email", CONTACT.email)
    telemetry.shutdown()
    assert set(bodies) == {"/v1/traces", "/v1/metrics"}
    assert b"step stock" in bodies["/v1/traces"]
    assert b"unshackled.provider.call.duration" in bodies["/v1/metrics"]
    assert b"zelda" not in bodies["/v1/traces"]
