"""A handset on credit by six vendors: a swapped SIM, an address, a signature, a debit, messages."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from unshackled.app import Overrides, build
from unshackled.demo import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.shelf import find
from unshackled.testing.customer import FORMS, Customer
from unshackled.testing.invariants import Observed, violations
from unshackled.testing.sandbox import Sandbox
from unshackled_adapters.sendgrid.fake import verifier

FLOWS: Final = Path(__file__).parents[1] / "flows"
PACKAGE: Final = {"handset": "handset-mid", "credit": {"plan": "credit-24-0", "deposit": 4_900}}
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
      text:         {call: notification.send, needs: [order], best_effort: true, provider: texts}
"""
MORE: Final = "  mandate: debits\n  address: file\n  notification: letters\n"
DONE: Final = {
    "dropbox_sign": ["agreement.sign"],
    "gocardless": ["mandate.set_up"],
    "sendgrid": ["notification.send"],
    "twilio": ["notification.send"],
}
UNSIGNED: Final = {
    "debits": {"Webhook-Signature": "0" * 64},
    "signing": {"Content-Type": "multipart/form-data; boundary=x"},
    "texts": {"X-Twilio-Signature": "AAAA"},
    "letters": {},
}


@dataclass(kw_only=True)
class Shop:
    """Northstar with six vendors, in this process; `answered` is what each callback was told."""

    api: httpx.AsyncClient
    backends: httpx.AsyncClient
    stand_ins: Mapping[str, StandIn]
    answered: dict[str, set[str]] = field(default_factory=dict)
    on_paper: str = "sign"

    async def begin(self, **forms: Mapping[str, Any]) -> Customer:
        """A customer who wants a handset on credit; `forms` change what they say of themselves."""
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": "handset-on-credit", "package": PACKAGE},
            headers={
                "Authorization": f"Bearer {demo_key('northstar')}",
                "Idempotency-Key": "other-vendors",
            },
        )
        assert made.status_code == 201, made.text
        said = {name: FORMS[name] | changes for name, changes in forms.items()}
        return Customer(
            api=self.api,
            seen=made.json(),
            token=made.json()["customer_token"],
            forms={**FORMS, **said},
            pages=self.visit,
        )

    async def visit(self, page: str) -> None:
        """Confirm at GoCardless, and come back."""
        gone = await self.backends.post(page, data={"choice": "confirm"})
        await self.at_rest()
        await self.api.get(urlsplit(gone.headers["location"]).path)

    async def read_mail(self) -> None:
        """Follow the link in each e-mail that wants a signature."""
        for one in self.stand_ins["dropbox_sign"].state["books"].requests.values():
            if one.status == "awaiting_signature" and not one.gone:
                page = f"http://mail.example/dropbox_sign/sign/{one.id}"
                await self.backends.post(page, data={"choice": self.on_paper})

    async def at_rest(self) -> None:
        """Every callback has been delivered."""
        for name in DONE:
            await self.stand_ins[name].settle()

    async def until(self, customer: Customer, enough: Callable[[Any], bool]) -> Any:
        """Do what there is to do until the checkout is as wanted."""
        seen: Any = {}
        for _ in range(200):
            await self.read_mail()
            await self.at_rest()
            seen = await customer.read()
            if enough(seen):
                return seen
            action = customer.next_action()
            if action is None:
                await asyncio.sleep(0.05)
            else:
                await customer.act(action)
        raise AssertionError([(one["name"], one["state"], one["code"]) for one in seen["steps"]])

    async def events(self, customer: Customer) -> list[Any]:
        """What happened, with the exact codes that the retailer's server may read."""
        headers = {"Authorization": f"Bearer {demo_key('northstar')}"}
        path = f"{customer.href}/events?limit=200"
        items: list[Any] = (await self.api.request("GET", path, headers=headers)).json()["items"]
        return items

    async def broken(self, customer: Customer) -> list[str]:
        """The promises that a settled checkout did not keep, after what every backend recorded."""
        events = await self.events(customer)
        ledger = [entry for one in self.stand_ins.values() for entry in one.ledger]
        return violations([Observed(checkout=customer.seen, events=events)], ledger)

    def effects(self) -> dict[str, list[str]]:
        """What each vendor really did, in order."""
        ledgers = {name: self.stand_ins[name].ledger for name in DONE}
        return {name: [one["effect"] for one in ledger] for name, ledger in ledgers.items()}


def settled(*statuses: str) -> Callable[[Any], bool]:
    """The checkout is at rest, and how."""
    return lambda seen: bool(seen["settled"]) and seen["status"] in statuses


def code_of(seen: Any, step: str) -> str | None:
    """Why a step did not pass."""
    found = next(one for one in seen["steps"] if one["name"] == step)
    return str(found["code"]) if found["code"] else None


def written(folder: Path) -> Path:
    """The flows with the six vendors, as a retailer would write them by the READMEs."""
    flows = Path(shutil.copytree(FLOWS, folder / "flows"))
    text = (flows / "northstar.yaml").read_text()
    text = text.replace("providers:\n", f"providers:{PROVIDERS}", 1)
    text = text.replace("  agreement: signer\n", f"  agreement: signing\n{MORE}")
    needs = "needs: [contact, address_check, sim_swap]"
    text = text.replace("identity:   {provider", f"identity:   {{{needs}, provider")
    (flows / "northstar.yaml").write_text(text.rstrip() + STEPS)
    return flows


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[Shop]:
    """A service, its backends, and the callbacks between them over the real route."""
    shelf = find()
    stand_ins = {name: shelf.stand_in(name) for name in shelf.names if shelf.has_stand_in(name)}
    backends = Sandbox(stand_ins=stand_ins).app()
    service = build(
        load_settings(demo=True, store="memory:", flows=written(folder)),
        Overrides(adapters=shelf, transport=in_process(backends), environ=ENVIRON),
    )
    async with (
        service.life.span(service.api),
        httpx.AsyncClient(transport=in_process(service.api), base_url="http://shop.example") as api,
        httpx.AsyncClient(transport=in_process(backends)) as browser,
    ):
        sells = Shop(api=api, backends=browser, stand_ins=stand_ins)

        async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
            parts = urlsplit(url)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            for _ in range(50):
                taken = await api.post(path, content=body, headers=dict(headers))
                if taken.status_code != 503:
                    assert taken.status_code == 200, taken.text
                    told = sells.answered.setdefault(parts.path.rpartition("/")[2], set())
                    told.add(taken.text)
                    return
                await asyncio.sleep(0.05)

        for name in DONE:
            stand_ins[name].deliver = deliver
        told = "http://shop.example/v1/callbacks/northstar"
        stand_ins["gocardless"].state["webhook_url"] = f"{told}/debits"
        stand_ins["dropbox_sign"].state["callback_url"] = f"{told}/signing"
        yield sells


async def test_six_vendors_sell_one_handset(tmp_path: Path) -> None:
    """Each does its work once, and has its callbacks answered the way it wants."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin()
        await sells.until(customer, settled("completed"))
        assert sells.effects() == DONE
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
        customer = await sells.begin(**forms)
        await sells.until(customer, lambda seen: code_of(seen, step) is not None)
        events = await sells.events(customer)
        declined = [one["data"] for one in events if one["type"] == "step.declined.v1"]
        assert [(one["step"], one["code"]) for one in declined] == [(step, code)]
        await customer.cancel()
        await sells.until(customer, settled("canceled"))
        assert not any(sells.effects().values())
        assert await sells.broken(customer) == []


async def test_who_refuses_to_sign_owes_nothing(tmp_path: Path) -> None:
    """The credit that was agreed to is withdrawn, and no mandate is asked for."""
    async with shop(tmp_path) as sells:
        sells.on_paper = "decline"
        customer = await sells.begin()
        await sells.until(customer, lambda seen: code_of(seen, "agreement") == "signature_refused")
        await customer.cancel()
        await sells.until(customer, settled("canceled"))
        assert not any(sells.effects().values())
        assert await sells.broken(customer) == []


async def test_who_leaves_at_the_bank_page_leaves_nothing_behind(tmp_path: Path) -> None:
    """Signed and paid, but gone at GoCardless's page: all of it is taken back."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin()

        async def leave(page: str) -> None:
            await customer.cancel()

        customer.pages = leave
        await sells.until(customer, settled("canceled"))
        assert sells.effects()["dropbox_sign"] == ["agreement.sign", "agreement.void"]
        assert sells.effects()["gocardless"] == ["billing_request.cancel"]
        assert await sells.broken(customer) == []


@pytest.mark.parametrize("vendor", sorted(DONE))
async def test_a_lost_answer_makes_nobody_do_it_twice(vendor: str, tmp_path: Path) -> None:
    """Found again by key or search, or told by the vendor's own callback: done once."""
    async with shop(tmp_path) as sells:
        operation = DONE[vendor][0]
        sells.stand_ins[vendor].play("lost_answer", operation, times=1)
        customer = await sells.begin()
        await sells.until(customer, settled("completed"))
        assert sells.effects() == DONE
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
