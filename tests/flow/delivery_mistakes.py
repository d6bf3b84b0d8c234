"""Mistakes about where goods are sent to; `# <-` marks the line that must be named."""

from __future__ import annotations

from collections.abc import Mapping

from tests.flow.files import HEAD, PROVIDERS


def airtime(steps: str, sells: str = "tariff: required") -> dict[str, str]:
    """A flow that sells airtime, with the number that the customer chooses."""
    return {
        "acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n  buy:\n    sells: {{{sells}}}\n    steps:\n"
        "      contact: {collect: contact}\n      number: {collect: number}\n"
        f"      confirm: {{confirm: package}}\n{steps}"
    }


SIM = "      sim: {call: sim.activate, needs: [confirm], pivot: true}"
PAID = """      card: {collect: payment_method, when: quote.due_today > 0}
      deposit: {call: payment.charge, needs: [confirm, card], when: quote.due_today > 0}
"""
GOODS = f"""{PAID}      order: # <-
        {{call: orders.place, needs: [deposit], when: has(package.accessories)}}
      sim: {{call: sim.activate, needs: [order], pivot: true}}
"""
# The handset is fetched at the shop; whoever takes airtime alone is asked for no address.
FETCHED = f"""{PAID}      address: {{collect: address, when: has(package.handset)}} # <-
      stock: {{call: stock.reserve, when: has(package.handset)}}
      told: {{call: notification.send, needs: [deposit], pivot: true}}
      sim: {{call: sim.activate, needs: [told], when: has(package.tariff)}}
"""
DELIVERIES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "no_delivery_address",
        "sim (sim.activate) sends a SIM card, and nothing says where to: add `address: ",
        airtime(f"{SIM} # <-\n"),
    ),
    (
        "no_delivery_address",
        "without steps.address: address has `when: has(package.handset)`",
        airtime(FETCHED, "tariff: optional, handset: optional"),
    ),
    (
        "no_producer",
        "nothing before it fills 'address'",
        airtime(GOODS, "tariff: required, accessories: optional"),
    ),
)
