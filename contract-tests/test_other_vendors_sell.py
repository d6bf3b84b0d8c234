"""A handset on credit by six vendors: a swapped SIM, an address, a signature, a debit, messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from selling import CREDIT, SellingHarness, Wanted, selling, settled, step
from unshackled.testing.customer import Customer
from unshackled_adapters.sendgrid.fake import verifier

ENVIRON: Final = {
    "FILE_KEY": "ak_made_up",
    "SIGNING_SECRET": "demo-only-dropbox-sign-api-key",
    "TEXTS_TOKEN": "demo-only-twilio-auth-token",
}
ACCOUNT: Final = "AC" + "0" * 32
PROVIDERS: Final = f"""
  debits:
    adapter: gocardless
    settings:
      base_url: env:DEBITS_URL
      access_token: env:DEBITS_KEY
      webhook_secret: env:DEBITS_SECRET
  file:
    adapter: ideal_postcodes
    settings: {{base_url: env:FILE_URL, api_key: env:FILE_KEY}}
  signing:
    adapter: dropbox_sign
    settings:
      base_url: env:SIGNING_URL
      api_key: env:SIGNING_KEY
      callback_key: env:SIGNING_SECRET
  operator:
    adapter: camara
    settings:
      base_url: env:OPERATOR_URL
      client_id: northstar
      client_secret: env:OPERATOR_SECRET
  texts:
    adapter: twilio
    settings:
      base_url: env:TEXTS_URL
      account_sid: {ACCOUNT}
      api_key_sid: SK{"0" * 32}
      api_key_secret: env:TEXTS_KEY
      auth_token: env:TEXTS_TOKEN
      sender: "+15005550006"
  letters:
    adapter: sendgrid
    settings:
      base_url: env:LETTERS_URL
      api_key: env:LETTERS_KEY
      sender: orders@northstar.example
      webhook_verifier: {verifier()}
"""
STEPS: Final = """
      sim_swap:     {call: fraud.check_sim_swap, needs: [contact], provider: operator}
      bank_account: {collect: bank_account}
      mandate:      {call: mandate.set_up, needs: [confirm, contact, bank_account]}
      order:        {needs: [confirm, deposit, mandate]}
      identity:     {needs: [contact, address_check, sim_swap]}
      text:         {call: notification.send, needs: [order], best_effort: true, provider: texts}
"""
DEFAULTS: Final = {
    "agreement": "signing",
    "mandate": "debits",
    "address": "file",
    "notification": "letters",
}
LISTENS: Final = {
    "dropbox_sign": "signing",
    "gocardless": "debits",
    "sendgrid": "letters",
    "twilio": "texts",
}
DONE: Final = {
    "dropbox_sign": ["agreement.sign"],
    "gocardless": ["mandate.set_up"],
    "sendgrid": ["notification.send"] * 2,  # the confirmation and the advance notice
    "twilio": ["notification.send"],
}
UNSIGNED: Final = {
    "debits": {"Webhook-Signature": "0" * 64},
    "signing": {"Content-Type": "multipart/form-data; boundary=x"},
    "texts": {"X-Twilio-Signature": "AAAA"},
    "letters": {},
}


@dataclass(kw_only=True)
class SixHarness(SellingHarness):
    """Northstar with six vendors; `on_paper` is what a customer does with what is to be signed."""

    on_paper: str = "sign"

    async def goes_on(self, customer: Customer, wanted: Wanted) -> Any:
        """Do what there is to do, in the mail too, until the checkout is as wanted."""
        return await self.until(customer, wanted, before=self.read_mail)

    async def read_mail(self) -> None:
        """Follow the link in each e-mail that wants a signature."""
        for one in self.stand_ins["dropbox_sign"].state["books"].requests.values():
            if one.status == "awaiting_signature" and not one.gone:
                page = f"http://mail.example/dropbox_sign/sign/{one.id}"
                await self.backends.post(page, data={"choice": self.on_paper})

    def by_vendor(self) -> dict[str, list[str]]:
        """What each vendor really did, in order."""
        return {name: self.effects(name) for name in DONE}


def code_of(seen: Any, name: str) -> str | None:
    """Why a step did not pass."""
    code = step(seen, name)["code"]
    return str(code) if code else None


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[SixHarness]:
    """The flow with the six vendors, as a retailer would write it by the READMEs."""
    async with selling(
        SixHarness,
        folder,
        providers=PROVIDERS,
        changes={"defaults": DEFAULTS},
        steps=STEPS,
        environ=ENVIRON,
        listens=LISTENS,
        choices={"": "confirm"},
    ) as sells:
        # Dropbox Sign calls nobody back who has not said where.
        address = "http://shop.example/v1/callbacks/northstar/signing"
        sells.stand_ins["dropbox_sign"].state["callback_url"] = address
        yield sells


async def test_six_vendors_sell_one_handset(tmp_path: Path) -> None:
    """Each does its work once, and has its callbacks answered the way it wants."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin(CREDIT)
        await sells.goes_on(customer, settled("completed"))
        assert sells.by_vendor() == DONE
        assert sells.answered["signing"] == {"Hello API Event Received"}
        assert sells.answered["texts"] == sells.answered["letters"] == {""}
        assert "debits" in sells.answered
        assert await sells.broken(customer) == []


@pytest.mark.parametrize(
    ("step", "code", "forms"),
    [
        ("sim_swap", "sim_swapped", {"contact": {"phone": "+447700900001"}}),
        ("address_check", "address_not_found", {"address": {"line1": "99 Longacre Mews"}}),
    ],
)
async def test_a_signal_and_an_address_may_say_no(
    step: str, code: str, forms: Mapping[str, Mapping[str, Any]], tmp_path: Path
) -> None:
    """A swapped SIM and an unknown house are declines, and nobody did anything yet."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin(CREDIT, **forms)
        await sells.goes_on(customer, lambda seen: code_of(seen, step) is not None)
        events = await sells.events(customer)
        declined = [one["data"] for one in events if one["type"] == "step.declined.v1"]
        assert [(one["step"], one["code"]) for one in declined] == [(step, code)]
        await customer.cancel()
        await sells.goes_on(customer, settled("canceled"))
        assert not any(sells.by_vendor().values())
        assert await sells.broken(customer) == []


async def test_who_refuses_to_sign_owes_nothing(tmp_path: Path) -> None:
    """The credit that was agreed to is withdrawn, and no mandate is asked for."""
    async with shop(tmp_path) as sells:
        sells.on_paper = "decline"
        customer = await sells.begin(CREDIT)
        await sells.goes_on(
            customer, lambda seen: code_of(seen, "agreement") == "signature_refused"
        )
        await customer.cancel()
        await sells.goes_on(customer, settled("canceled"))
        assert not any(sells.by_vendor().values())
        assert await sells.broken(customer) == []


async def test_who_leaves_at_the_bank_page_leaves_nothing_behind(tmp_path: Path) -> None:
    """Signed and paid, but gone at GoCardless's page: all of it is taken back."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin(CREDIT)

        async def leave(page: str) -> None:
            await customer.cancel()

        customer.pages = leave
        await sells.goes_on(customer, settled("canceled"))
        assert sells.by_vendor()["dropbox_sign"] == ["agreement.sign", "agreement.void"]
        assert sells.by_vendor()["gocardless"] == ["billing_request.cancel"]
        assert await sells.broken(customer) == []


@pytest.mark.parametrize("vendor", sorted(DONE))
async def test_a_lost_answer_makes_nobody_do_it_twice(vendor: str, tmp_path: Path) -> None:
    """Found again by key or search, or told by the vendor's own callback: done once."""
    async with shop(tmp_path) as sells:
        operation = DONE[vendor][0]
        sells.stand_ins[vendor].play("lost_answer", operation, times=1)
        customer = await sells.begin(CREDIT)
        await sells.goes_on(customer, settled("completed"))
        assert sells.by_vendor() == DONE
        if vendor == "dropbox_sign":
            assert len(sells.stand_ins[vendor].state["books"].requests) == 1
        assert await sells.broken(customer) == []


@pytest.mark.parametrize("provider", sorted(UNSIGNED))
async def test_what_no_vendor_signed_is_turned_away(provider: str, tmp_path: Path) -> None:
    """A forged callback is answered 401, whatever it says."""
    async with shop(tmp_path) as sells:
        path = f"/v1/callbacks/northstar/{provider}?reference=AAAAAAAAAAAAAAAAAAAAAAAAAA"
        forged = await sells.api.post(path, content=b"a=b", headers=UNSIGNED[provider])
        assert forged.status_code == 401
