"""The Direct Debit bureau keeps the contract, and its own promises."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unshackled.domain.validation import is_bacs_reference
from unshackled.sdk import Answer, Declined, Refused, envelope
from unshackled.sdk.ports import BankAccount
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import reference
from unshackled.testing.samples import request_for
from unshackled_adapters.direct_debit import mapping
from unshackled_adapters.direct_debit.fake import valid_reference
from unshackled_adapters.direct_debit.settings import Settings


class TestDirectDebit(AdapterContract):
    adapter = "direct_debit"
    refused_data: ClassVar = {
        "mandate.set_up": [
            {"account": {"account_holder": "李小龍"}},
            {"account": {"sort_code": "089999", "account_number": "66374959"}},
        ]
    }
    settings: ClassVar = {"api_key": "key_made_up", "service_user": "123456"}

    @pytest.mark.parametrize(
        ("sort_code", "account_number"),
        [("089999", "66374959"), ("107999", "88837493"), ("108800", "11111111")],
    )
    async def test_an_account_that_cannot_be_debited_is_declined(
        self, sort_code: str, account_number: str
    ) -> None:
        """A failed modulus check and a closed account are `invalid_bank_account`."""
        bench = self.bench()
        operation = bench.effects[0]
        account = BankAccount(
            account_holder="W Featherstone", sort_code=sort_code, account_number=account_number
        )
        outcome = await bench.run(operation, request=request_for(operation, facts=(account,)))
        assert outcome == Declined(code="invalid_bank_account")
        assert bench.stand_in.ledger == []

    @pytest.mark.parametrize(
        ("holder", "kept"),
        [
            ("W Featherstone", "W Featherstone"),
            ("Wilhelmina Featherstonehaugh", "Wilhelmina Feather"),
            ("Zoë Müller-Lüdenscheid", "Zoe Muller-Ludensc"),
            ("Ada Lovelace-Byron of Ockham", "Ada Lovelace-Byron"),
        ],
    )
    def test_a_holder_is_cut_to_what_bacs_has_room_for(self, holder: str, kept: str) -> None:
        """18 characters of the Latin alphabet go on the wire, whatever the customer is called."""
        assert mapping.bacs_name(holder) == kept

    async def test_a_second_instruction_answers_with_the_first(self) -> None:
        """The reference is taken once: sending again finds the instruction that was lodged."""
        bench = self.bench()
        operation = bench.effects[0]
        first = await bench.run(operation)
        made = bench.history[operation.key]
        assert await bench.send(operation, made.request, made.call) == first
        assert bench.done(operation, made.call) == 1

    async def test_a_late_instruction_after_its_cancellation_is_declined(self) -> None:
        """An instruction that arrives after its own cancellation is not lodged."""
        bench = self.bench()
        operation = bench.effects[0]
        request, call = await bench.prepare(operation), bench.call(operation)
        await bench.undo_by(operation, call.reference)
        assert await bench.send(operation, request, call) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    def test_our_references_are_good_at_bacs(self) -> None:
        """Every mandate reference made of ours keeps the rules of Bacs, and differs."""
        made = {mapping.bacs_reference("UN", reference(number)) for number in range(500)}
        assert len(made) == 500
        assert all(valid_reference(one) for one in made)

    @pytest.mark.parametrize(
        "wrong", ["ABC12", "A" * 19, "AAAAAA", "DDIC123456", "abc123", " ABC123", "AB--//.. C1"]
    )
    def test_a_bad_reference_is_told(self, wrong: str) -> None:
        """Too short, too long, all one character, reserved, in small letters or oddly begun."""
        assert not valid_reference(wrong)

    def test_what_the_bureau_holds_against_us_is_refused(self) -> None:
        """A 422 that is not about the account is no decline."""
        body = b'{"error": {"code": "reference_invalid"}}'
        answer = Answer(provider="bureau", status=422, headers={}, body=body)
        with pytest.raises(Refused):
            envelope.declined(answer, mapping.REASONS)


@given(
    st.from_regex(r"[A-CE-Z][A-Z0-9]{0,3}", fullmatch=True),
    st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=26, max_size=26),
)
def test_every_reference_is_one_that_bacs_takes(prefix: str, ours: str) -> None:
    """Whatever the prefix of a retailer and our reference: 6 to 18 characters, never DDIC."""
    assume(len(set(ours)) > 1)
    settings = {"base_url": "https://bureau.example", "api_key": "made-up", "prefix": prefix}
    made = mapping.bacs_reference(Settings.model_validate(settings).prefix, ours)
    assert is_bacs_reference(made)
    assert valid_reference(made)
    assert made.startswith(prefix)
