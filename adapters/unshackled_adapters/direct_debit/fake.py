"""The stand-in Direct Debit bureau: instructions by their Bacs reference."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

SHAPE: Final = re.compile(r"[A-Z0-9][A-Z0-9\-/.& ]{5,17}")
RESERVED: Final = "DDIC"
# Examples from Vocalink's modulus checking specification that fail their check.
FAILING: Final = {("089999", "66374959"), ("107999", "88837493")}
# What Bacs has room for.
HOLDER: Final = re.compile(r"[A-Za-z0-9 .&/'-]{1,18}")
CLOSED: Final = "11111111"
NOT_FOR_DEBITS: Final = "22222222"


@dataclass(kw_only=True)
class Bureau:
    """The instructions lodged, and the references cancelled."""

    stand_in: StandIn
    instructions: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)

    def set_up(self, request: StandInRequest) -> Response:
        """Lodge an instruction, once per reference."""
        data = request.data
        reference = data["reference"]
        if not valid_reference(reference):
            raise StandInError(422, "reference_invalid")
        if reference in self.instructions:
            raise StandInError(409, "duplicate_reference")
        if HOLDER.fullmatch(data["account_holder"]) is None:
            raise StandInError(422, "account_holder_invalid")
        problem = _account_problem(data["sort_code"], data["account_number"])
        if request.mode == "decline":
            problem = "modulus_check_failed"
        if problem:
            raise StandInError(422, problem)
        if reference in self.cancelled:
            raise StandInError(422, "instruction_cancelled")
        made = self.instructions[reference] = {
            "reference": reference,
            "client_reference": data["client_reference"],
            "service_user": data["service_user"],
            "status": "lodged",
        }
        self.stand_in.record("mandate.set_up", data["client_reference"], mandate=reference)
        return answer(made, 201)

    def cancel(self, request: StandInRequest) -> Response:
        """Cancel an instruction; one that is lodged later is refused."""
        self.cancelled.add(request.params["reference"])
        made = self._instruction(request)
        if made["status"] != "cancelled":
            made["status"] = "cancelled"
            self.stand_in.record(
                "mandate.cancel", made["client_reference"], mandate=made["reference"]
            )
        return answer(made)

    def look_up(self, request: StandInRequest) -> Response:
        """An instruction by its reference."""
        return answer(self._instruction(request))

    def _instruction(self, request: StandInRequest) -> dict[str, Any]:
        made = self.instructions.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_instruction")
        return made


def valid_reference(reference: str) -> bool:
    """Whether Bacs takes this mandate reference."""
    alphanumeric = [character for character in reference if character.isalnum()]
    return (
        SHAPE.fullmatch(reference) is not None
        and len(alphanumeric) >= 6
        and not reference.startswith(RESERVED)
        and len(set(alphanumeric)) > 1
    )


def _account_problem(sort_code: str, account_number: str) -> str | None:
    if (sort_code, account_number) in FAILING or sort_code == "000000":
        return "modulus_check_failed"
    return {CLOSED: "account_closed", NOT_FOR_DEBITS: "no_direct_debit"}.get(account_number)


def make() -> StandIn:
    """A bureau with no instructions."""
    stand_in = StandIn(name="direct_debit")
    bureau = Bureau(stand_in=stand_in)
    rest = Rest(stand_in=stand_in)
    rest.post("/v1/instructions", "mandate.set_up")(bureau.set_up)
    rest.post("/v1/instructions/{reference}/cancel", "mandate.cancel")(bureau.cancel)
    rest.get("/v1/instructions/{reference}", "mandate.look_up")(bureau.look_up)
    return stand_in
