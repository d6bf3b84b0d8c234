"""The kinds of errors about cases, in the order of the table that they are part of."""

from __future__ import annotations

from typing import Final

from unshackled.http.problem_record import ProblemType

CASE_TYPES: Final = (
    ProblemType(
        "case_amount_not_taken",
        409,
        "No such amount is taken here",
        "A customer names no amounts, and a server either one for all lines or one for each.",
    ),
    ProblemType(
        "case_amount_too_high",
        409,
        "More than is left would go back",
        "`possible` has what is left of each line, and of all that came in: no cases together give "
        "back more than was captured, financed and traded in.",
    ),
    ProblemType(
        "case_canceled",
        409,
        "The case was ended",
        "Nothing more can be done in it. Open another one while that is possible.",
    ),
    ProblemType(
        "case_completed",
        409,
        "The case is done",
        "What it was for has happened, so nothing in it can be changed or ended any more.",
    ),
    ProblemType(
        "case_in_progress",
        409,
        "The case is being carried out",
        "Something of it was sent that is not taken back: it can neither be changed nor ended, and "
        "goes on until it is done.",
    ),
    ProblemType(
        "case_line_unknown",
        409,
        "The sale has no such line for this kind of case",
        "`possible` names the lines: send their `part`, and their `sku` where there are several. "
        "Each may be named once.",
    ),
    ProblemType(
        "case_not_offered",
        409,
        "The retailer has no flow for such a case",
        "None of its case flows is for this kind and this checkout; GET the checkout's cases for "
        "what is `possible`.",
    ),
    ProblemType(
        "case_nothing_left",
        409,
        "Nothing is left to give back or to end",
        "Earlier cases took all of it; GET the checkout's cases for them.",
    ),
    ProblemType(
        "case_open",
        409,
        "Another case is open on the line",
        "`case` names it: wait for its end, or end it. `possible` has the lines that are free.",
    ),
    ProblemType(
        "case_opener_not_allowed",
        409,
        "Somebody else must do it",
        "`openers` names who may open such a case, or end this one.",
    ),
    ProblemType(
        "case_quantity_too_high",
        409,
        "More than was bought and not returned",
        "`possible` has how many are left of each line.",
    ),
    ProblemType(
        "case_window_closed",
        409,
        "It is too late to open such a case",
        "It could be opened until `possible.until`, the end of the last day in the market's zone.",
    ),
    ProblemType(
        "checkout_not_completed",
        409,
        "The checkout is not completed",
        "Only what was ordered can be given back. Cancel an open checkout instead.",
    ),
    ProblemType(
        "too_many_cases",
        409,
        "The checkout has as many cases as it may",
        "`most` is how many cases one checkout may have.",
    ),
)
