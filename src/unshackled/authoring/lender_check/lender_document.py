"""The OpenAPI 3.1 document of the lender protocol, made from the messages in `wire`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from unshackled.authoring.lender_check import ending_messages
from unshackled.authoring.lender_check import protocol_messages as wire
from unshackled.domain.bounds import TEXT, bounded

VERSION: Final = "1.3"
PROBLEMS: Final = {
    400: "Not JSON, a field is missing or of the wrong type, or there is no idempotency key.",
    401: "No key, or an unknown one.",
    404: "There is no such thing under this number or reference.",
    409: "It is not in a state for that.",
    422: "Amounts do not add up, an unknown quotation, or a key used for another body.",
    429: "Too many requests; `Retry-After` says when to try again. Nothing was done.",
}
_MESSAGES: Final[tuple[type[BaseModel], ...]] = (
    wire.QuotationRequest,
    wire.Eligible,
    wire.NotEligible,
    wire.ApplicationRequest,
    wire.Application,
    wire.DryRun,
    wire.Decided,
    wire.Information,
    wire.AmendmentRequest,
    wire.Amendment,
    wire.AgreementRequest,
    wire.Agreement,
    wire.Standing,
    wire.SettlementRequest,
    wire.Settlement,
    ending_messages.EndingRequest,
    ending_messages.Ending,
    ending_messages.Repayment,
    ending_messages.Statement,
    wire.Problem,
)


def document() -> dict[str, Any]:
    """The whole document, as `openapi/lender.json` has it: every text and list has a bound."""
    _, shapes = models_json_schema(
        [(message, "validation") for message in _MESSAGES],
        ref_template="#/components/schemas/{model}",
    )
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "Lender protocol",
            "version": VERSION,
            "summary": "Quotations, applications, agreements and settlements of credit.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://lender.example"}],
        "security": [{"key": []}],
        "paths": _paths(),
        "webhooks": {"application.decided": {"post": _decided()}},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": shapes["$defs"],
        },
    }
    return bounded(made)  # type: ignore[no-any-return]


def written() -> bytes:
    """The document as it is committed."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _paths() -> dict[str, Any]:
    application = {200: _one("Application")}
    return {
        "/v1/quotations": {
            "post": _operation(
                "quote",
                "A soft search",
                body="QuotationRequest",
                answers={200: {"oneOf": [_one("Eligible"), _one("NotEligible")]}},
            )
        },
        "/v1/applications": {
            "post": _operation(
                "apply",
                "A hard search and its decision",
                body="ApplicationRequest",
                answers={201: _one("Application"), 200: _one("DryRun")},
                effect=True,
            )
        },
        "/v1/applications/{reference}/withdrawal": {
            "post": _operation(
                "withdraw", "Take an application back", path="reference", answers=application
            )
        },
        **_information(),
        "/v1/applications/{application}/contact": {
            "post": _operation(
                "amend",
                "Correct how the applicant is reached",
                body="AmendmentRequest",
                path="application",
                answers={201: _one("Amendment")},
                effect=True,
            )
        },
        "/v1/amendments/by-reference/{reference}": {
            "get": _operation(
                "findAmendment",
                "A correction by the sender's reference",
                path="reference",
                answers={200: _one("Amendment")},
            )
        },
        "/v1/applications/by-reference/{reference}": {
            "get": _operation(
                "findApplication",
                "An application by the sender's reference",
                path="reference",
                answers=application,
            )
        },
        **_agreements(),
        **_endings(),
    }


def _information() -> dict[str, Any]:
    return {
        "/v1/applications/{reference}/information": {
            "post": _operation(
                "inform",
                "Tell what was wanted beside an application",
                body="Information",
                path="reference",
                answers={201: _one("Application")},
                effect=True,
            )
        },
    }


def _agreements() -> dict[str, Any]:
    return {
        "/v1/agreements": {
            "post": _operation(
                "activate",
                "Start an agreement",
                body="AgreementRequest",
                answers={201: _one("Agreement")},
                effect=True,
            )
        },
        "/v1/agreements/{agreement}": {
            "get": _operation(
                "standing",
                "How an agreement stands",
                path="agreement",
                day="settle_on",
                answers={200: _one("Standing")},
            )
        },
        "/v1/agreements/by-reference/{reference}": {
            "get": _operation(
                "findAgreement",
                "An activation by the sender's reference",
                path="reference",
                answers={200: _one("Agreement")},
            )
        },
        "/v1/agreements/{agreement}/settlements": {
            "post": _operation(
                "settle",
                "Pay an agreement off",
                body="SettlementRequest",
                path="agreement",
                answers={201: _one("Settlement")},
                effect=True,
            )
        },
        "/v1/settlements/by-reference/{reference}": {
            "get": _operation(
                "findSettlement",
                "A settlement by the sender's reference",
                path="reference",
                answers={200: _one("Settlement")},
            )
        },
    }


def _endings() -> dict[str, Any]:
    return {
        "/v1/agreements/{agreement}/endings": {
            "post": _operation(
                "end",
                "End an agreement by withdrawal or cancellation",
                body="EndingRequest",
                path="agreement",
                answers={201: _one("Ending")},
                effect=True,
            )
        },
        "/v1/endings/by-reference/{reference}": {
            "get": _operation(
                "findEnding",
                "An ending by the sender's reference",
                path="reference",
                answers={200: _one("Ending")},
            )
        },
        "/v1/agreements/{agreement}/repayment": {
            "get": _operation(
                "repayment",
                "Whether a credit that was withdrawn from is repaid",
                path="agreement",
                answers={200: _one("Repayment")},
            )
        },
        "/v1/agreements/{agreement}/statement": {
            "get": _operation(
                "statement",
                "What was paid of an agreement by today",
                path="agreement",
                zone="time_zone",
                answers={200: _one("Statement")},
            )
        },
    }


def _operation(
    name: str,
    summary: str,
    *,
    answers: Mapping[int, Mapping[str, Any]],
    body: str | None = None,
    path: str | None = None,
    day: str | None = None,
    zone: str | None = None,
    effect: bool = False,
) -> dict[str, Any]:
    parameters = []
    if path:
        parameters.append(_parameter(path, "path"))
    if day:
        schema = {"type": "string", "format": "date"}
        parameters.append({"name": day, "in": "query", "required": False, "schema": schema})
    if zone:
        text: dict[str, Any] = {"type": "string", "maxLength": TEXT}
        parameters.append({"name": zone, "in": "query", "required": True, "schema": text})
    if effect:
        parameters.append(_parameter("Idempotency-Key", "header"))
    said: dict[str, Any] = {"operationId": name, "summary": summary, "parameters": parameters}
    if body:
        said["requestBody"] = {"required": True, "content": _json(_one(body))}
    done = {
        str(status): {"description": "Done.", "content": _json(shape)}
        for status, shape in answers.items()
    }
    wrong = {
        str(status): {"description": text, "content": _json(_one("Problem"))}
        for status, text in PROBLEMS.items()
    }
    return said | {"responses": {**done, **wrong}}


def _decided() -> dict[str, Any]:
    return {
        "operationId": "decided",
        "summary": "A person decided on a referred application",
        "parameters": [_parameter("Stand-Signature", "header")],
        "requestBody": {"required": True, "content": _json(_one("Decided"))},
        "responses": {"204": {"description": "Taken."}},
    }


def _parameter(name: str, where: str) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 64 if where == "path" else TEXT}
    return {"name": name, "in": where, "required": True, "schema": schema}


def _one(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": shape}}


if __name__ == "__main__":
    sys.stdout.buffer.write(written())
