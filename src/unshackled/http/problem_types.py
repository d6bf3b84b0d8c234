"""The kinds of errors that the API answers with: one table, documented as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.http.case_problems import CASE_TYPES
from unshackled.http.handoff_problems import HANDOFF_TYPES
from unshackled.http.problem_record import ProblemType

_TYPES: Final = (
    ProblemType(
        "malformed_json",
        400,
        "The body is not JSON",
        "Send one JSON value in UTF-8 (RFC 8259); the detail says where reading stopped.",
    ),
    ProblemType(
        "malformed_header",
        400,
        "A header cannot be read",
        "The detail names the header and the form it must have.",
    ),
    ProblemType(
        "idempotency_key_missing",
        400,
        "The Idempotency-Key header is missing",
        "A server sends one with every POST that changes something: a new one for each new wish, "
        "the same one when it repeats a request whose answer it did not get.",
    ),
    ProblemType(
        "credentials_missing",
        401,
        "Credentials are needed",
        "Send `Authorization: Bearer …` with an API key, a customer token or an operator's key.",
    ),
    ProblemType(
        "credentials_invalid",
        401,
        "The credentials do not count",
        "The key or token is unknown, revoked or has ended. Ask for a new one.",
    ),
    ProblemType(
        "bad_signature",
        401,
        "The callback's signature is wrong",
        "Sign the raw body with the shared secret, and send it within the allowed age.",
    ),
    ProblemType(
        "scope_missing",
        403,
        "The key may not do this",
        "`allowed` names the scope that a key needs for this.",
    ),
    ProblemType(
        "credentials_of_wrong_kind",
        403,
        "These credentials are for something else",
        "`allowed` names the kinds of credentials that may do this.",
    ),
    ProblemType(
        "second_person_needed",
        403,
        "Somebody else must approve it",
        "Whoever asked for an action cannot approve it; another operator can, or may reject it.",
    ),
    ProblemType(
        "origin_not_allowed",
        403,
        "The page's origin is not allowed",
        "`reason` is `origin_missing`, `origin_not_registered`, `cookie_from_another_page` (a "
        "cookie is set, and changes something, from our own pages only: send the token as Bearer "
        "instead), or `embedding_not_registered` (the retailer's file names no `origins` that may "
        "embed the page). `allowed` names the origins that count.",
    ),
    ProblemType(
        "not_found",
        404,
        "There is nothing here",
        "It does not exist, or it belongs to somebody else: the answer is the same.",
    ),
    ProblemType(
        "unknown_case",
        404,
        "The checkout has no such case",
        "`allowed` names the cases of this checkout.",
    ),
    ProblemType(
        "unknown_step",
        404,
        "The flow has no such step",
        "`allowed` names the steps of this checkout's flow.",
    ),
    ProblemType(
        "method_not_allowed",
        405,
        "The method does not exist here",
        "`allowed` and the Allow header name the methods there are.",
    ),
    ProblemType(
        "not_acceptable",
        406,
        "None of the wanted media types is offered",
        "`allowed` names the media types there are; send one of them as Accept.",
    ),
    ProblemType(
        "call_under_way",
        409,
        "The call may still be on its way",
        "Evidence counts only once the call was given up: `until` says when. Look again then.",
    ),
    *CASE_TYPES,
    ProblemType(
        "checkout_canceled",
        409,
        "The checkout was canceled",
        "Begin a new one.",
    ),
    ProblemType(
        "checkout_completed",
        409,
        "The checkout is completed",
        "The order is placed; changes are a matter of returns and refunds now.",
    ),
    ProblemType(
        "checkout_confirmed",
        409,
        "The checkout is confirmed",
        "Package, quote and collected data are frozen once the customer said yes. Cancel while "
        "that is possible, or wait.",
    ),
    ProblemType(
        "conflict",
        409,
        "Too many changes at once",
        "It was changed again and again, by others or by you. Read it; the detail says more.",
    ),
    ProblemType(
        "credit_already_decided",
        409,
        "Credit was applied for already",
        "A lender's hard search is done at most once in a checkout, so what it was about cannot "
        "change any more. E-mail and phone can be corrected, the credit can be removed, or the "
        "checkout canceled; a credit that was removed is not had again in this checkout.",
    ),
    ProblemType(
        "effect_in_doubt",
        409,
        "Nobody knows whether it happened",
        "It is not sent again blindly. Find out at the provider, then resolve the step: `allowed` "
        "names the verdicts.",
    ),
    ProblemType(
        "idempotency_key_reused",
        409,
        "The Idempotency-Key was used for something else",
        "The same key came with another body or path. Take a new key for a new wish.",
    ),
    ProblemType(
        "letter_closed",
        409,
        "The dead letter was decided on before",
        "It was replayed or discarded; the audit log says by whom and why.",
    ),
    ProblemType(
        "not_admitted",
        409,
        "It is not the customer's turn yet",
        "The checkout is in the waiting room. `admit_at` says when it begins and `position` how "
        "many are before it: send the same again then. Its stream tells it at once.",
    ),
    ProblemType(
        "queue_place_lapsed",
        409,
        "The customer's turn is over",
        "It was not used within 10 minutes, so others were let in. `POST` to `href` for another "
        "place in the waiting room.",
    ),
    ProblemType(
        "not_ready",
        409,
        "The checkout cannot be completed yet",
        "`steps` names what has to be done before; `next_actions` of the checkout says how.",
    ),
    ProblemType(
        "package_unavailable",
        409,
        "The package is not sold like this any more",
        "The quote has expired and cannot be renewed: `errors` says why. Change the package.",
    ),
    ProblemType(
        "personal_data_erased",
        409,
        "The data that it needs was erased",
        "It cannot be done again: what the customer told was erased for good.",
    ),
    ProblemType(
        "personal_data_needed",
        409,
        "Personal data is still needed",
        "`duties` says what keeps it: a `reason`, `until` when, and by what law (`basis`). What "
        "none of them needs was erased. Ask again when the last one has ended; an open checkout "
        "can be canceled.",
    ),
    ProblemType(
        "price_changed",
        409,
        "The price is not the one that was quoted",
        "`quote` is the price now. Show it, and complete with its id.",
    ),
    ProblemType(
        "renewing",
        409,
        "Something is being done again first",
        "What had lapsed, or would have before the order, is renewed: nothing was charged. "
        "Complete again after `Retry-After` seconds; `steps` names what is under way.",
    ),
    ProblemType(
        "request_closed",
        409,
        "The request waits no more",
        "It was approved, rejected or has expired: `state` says which. Ask for the action anew.",
    ),
    ProblemType(
        "request_outdated",
        409,
        "Things stand otherwise now",
        "The step moved after the action was asked for, so the request was closed. Look at the "
        "checkout and, if it is still wanted, ask for the action anew.",
    ),
    ProblemType(
        "selection_unknown",
        409,
        "There was no such dry run",
        "Send the same action and filter with `dry_run: true`, look at what it finds, and send "
        "its digest within a day.",
    ),
    ProblemType(
        "no_sandbox",
        409,
        "Providers have no sandbox",
        "A test key never reaches a live provider. `providers` names those without `sandbox:` "
        "settings in the retailer's flow file: give them their own, or use a live key.",
    ),
    ProblemType(
        "step_needed",
        409,
        "The flow cannot do without the step",
        "Only a step that is `best_effort` or `on_decline: skip` can be skipped, and not while its "
        "effect is in doubt. `steps` names those that come after it.",
    ),
    ProblemType(
        "step_not_due",
        409,
        "The step takes nothing now",
        "It is not its turn, or not the customer's; `next_actions` of the checkout says what is.",
    ),
    ProblemType(
        "too_late",
        409,
        "It is too late to cancel",
        "The order is placed or being placed.",
    ),
    ProblemType(
        "unknown_consumer",
        409,
        "Nobody consumes it here",
        "The letter's consumer does not run in this process: replay it where it does.",
    ),
    *HANDOFF_TYPES,
    ProblemType(
        "quote_expired",
        410,
        "The quote has expired",
        "A price is kept until the quote's `valid_until`. Ask for a new one: `again` is the "
        "request. `changes` names what costs otherwise now, with both values; `errors`, in its "
        "place, why the package is not sold like this any more.",
    ),
    ProblemType(
        "version_mismatch",
        412,
        "The checkout is not at that version",
        "Somebody changed it since. Read it, decide again, and send the new ETag as If-Match.",
    ),
    ProblemType(
        "payload_too_large",
        413,
        "The body is too large",
        "JSON has at most 32 KiB, a provider's callback 256 KiB; the detail names the bound.",
    ),
    ProblemType(
        "unsupported_media_type",
        415,
        "The body's media type is not understood",
        "`allowed` names the media types there are.",
    ),
    ProblemType(
        "invalid_input",
        422,
        "Some fields are wrong",
        "`errors` names every wrong field by its path, with a code, a sentence and, where it can "
        "be said, the allowed values. Nothing was changed. What was sent is never repeated.",
    ),
    ProblemType(
        "invalid_package",
        422,
        "The package cannot be sold like this",
        "`errors` names every part that does not fit, and what would.",
    ),
    ProblemType(
        "part_not_sold",
        422,
        "The flow does not sell this part",
        "`errors` names each part that is too many or missing; `allowed` the parts that the flow "
        "sells, as `GET /v1/flows` does.",
    ),
    ProblemType(
        "part_required",
        422,
        "A part that must be bought is missing",
        "`errors` names each part that the flow sells only packages with; `allowed` all that it "
        "sells, as `GET /v1/flows` does.",
    ),
    ProblemType(
        "unsupported_locale",
        422,
        "The locale's language is not there",
        "`allowed` names the languages that a locale may begin with, e.g. `de` for `de-AT`.",
    ),
    ProblemType(
        "too_many_requests",
        429,
        "Too many requests",
        "The detail names the limit. Nothing was stored. Try again after `Retry-After` seconds.",
    ),
    ProblemType(
        "internal_error",
        500,
        "Something broke on our side",
        "It was recorded. Quote `trace_id` to support. The request may be sent again with the same "
        "Idempotency-Key.",
    ),
    ProblemType(
        "catalogue_unavailable",
        503,
        "The catalogue cannot be read now",
        "The retailer's catalogue does not answer. Try again after `Retry-After` seconds.",
    ),
    ProblemType(
        "upgrade_unavailable",
        503,
        "An upgrade cannot be answered for now",
        "The lender of the agreement or the buyer of the device does not answer. Try again after "
        "`Retry-After` seconds.",
    ),
    ProblemType(
        "document_unavailable",
        503,
        "The document cannot be made in this form now",
        "Try again after `Retry-After` seconds where it is there; as a page and as data it can be "
        "read meanwhile.",
    ),
    ProblemType(
        "service_not_ready",
        503,
        "Something that is needed does not answer",
        "`errors` names it.",
    ),
    ProblemType(
        "store_unavailable",
        503,
        "The store does not answer now",
        "Nothing was changed. Try again after `Retry-After` seconds, with the same key.",
    ),
    ProblemType(
        "unknown_reference",
        503,
        "The reference is not known yet",
        "Send the callback again: it may have been faster than our own record.",
    ),
)
PROBLEMS: Final[Mapping[str, ProblemType]] = {kind.code: kind for kind in _TYPES}
