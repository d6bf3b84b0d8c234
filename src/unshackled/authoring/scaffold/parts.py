"""The text of each file of a new adapter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from textwrap import indent

from unshackled.authoring.scaffold import shapes
from unshackled.authoring.scaffold.shapes import camel, literal, nested, reader
from unshackled.authoring.scaffold.templates import (
    CHECKS,
    CLIENT,
    DECLINES,
    FAKE,
    KEEPS,
    LIMITS,
    README,
    REQUESTS,
    UNDO,
    WAITS,
)
from unshackled.domain.codec import encode
from unshackled.domain.customer import NumberChoice
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.ports import CAPABILITIES, operations
from unshackled.ports.operation import Operation
from unshackled.testing.made_up import made_up

AMOUNTS = {
    "payment.charge": "request.quote.due_today",
    "payment.authorise": "request.quote.due_today",
    "orders.accept_return": "request.case.amount",
    "payment.capture": "request.authorised.amount",
    "payment.charge_amount": "request.amount",
    "payment.payout": "request.amount",
    "payment.refund_amount": "request.amount",
    "trade_in.accept": "request.valuation.amount",
}


# What an answer tells changes by the day: it says until when it counts.
TOLD_UNTIL = frozenset({"credit.statement"})
# The goods of an order and of what comes back of it, by SKU.
SKUS = {
    "orders.place": (
        '"skus": [',
        "    line.sku",
        "    for line in (",
        "        request.package.handset,",
        "        *(request.package.accessories.lines if request.package.accessories else ()),",
        "    )",
        "    if line is not None",
        "],",
    ),
    "orders.accept_return": (
        '"skus": [line.sku for line in request.case.lines for _ in range(line.quantity)],',
    ),
}


class AdapterFiles:
    """One adapter's files, for a backend that has these capabilities."""

    def __init__(self, name: str, capabilities: Sequence[str]) -> None:
        self.name = name
        self.title = camel(name)
        self.capabilities = tuple(sorted(set(capabilities)))
        self.known = {
            capability: operations(capability, CAPABILITIES[capability])
            for capability in self.capabilities
        }

    @property
    def all(self) -> list[Operation]:
        """Every operation, undos included, by key."""
        every = (one for known in self.known.values() for one in known.values())
        return sorted(every, key=lambda one: one.key)

    @property
    def real(self) -> list[Operation]:
        """Every operation that is no undo."""
        return [one for one in self.all if not one.is_undo]

    @property
    def effects(self) -> list[Operation]:
        """The effects that steps call: each has its way out of doubt."""
        return [one for one in self.real if one.effect and not one.by_engine]

    def stem(self, one: Operation) -> str:
        """How the functions of an operation begin: several capabilities may have a `verify`."""
        return one.name if len(self.capabilities) == 1 else f"{one.capability}_{one.name}"

    def init(self) -> str:
        """`__init__.py`: what it is."""
        classes = [camel(capability) for capability in self.capabilities]
        ports = "".join(f'        "{one}": {camel(one)},\n' for one in self.capabilities)
        doubt = "".join(f'        "{one.key}": idempotent(),\n' for one in self.effects)
        used = "Adapter, idempotent" if doubt else "Adapter"
        return (
            f'"""{self.title}: {", ".join(self.capabilities)}."""\n\n'
            "from __future__ import annotations\n\n"
            f"from unshackled.sdk import {used}\n"
            "from unshackled.sdk.envelope import coded\n\n"
            f"{_imported('.client', {*classes, 'Client'})}"
            "from .settings import Settings\n\n"
            "ADAPTER = Adapter(\n"
            f'    title="{self.title}",\n'
            "    settings=Settings,\n"
            "    connect=Client,\n"
            "    owns=coded,\n"
            f"    ports={{\n{ports}    }},\n"
            + (f"    doubt={{\n{doubt}    }},\n" if doubt else "")
            + ")\n"
        )

    def settings(self) -> str:
        """`settings.py`."""
        return (
            f'"""How to reach {self.title}."""\n\n'
            "from __future__ import annotations\n\n"
            "from unshackled import sdk\n"
            "from unshackled.sdk import Field, SecretStr\n\n\n"
            "class Settings(sdk.Settings):\n"
            f'    """A retailer\'s account at {self.title}."""\n\n'
            '    api_key: SecretStr = Field(description="Key sent as a bearer token.")\n'
        )

    def client(self) -> str:
        """`client.py`: talks."""
        sdk = {"Answer", "Call", "HttpClient", "Outcome"}
        sdk |= {"Absent", "Found"} if self.effects else set()
        undoes = any(one.is_undo for one in self.all)
        sdk |= {"Undo", "Undone"} if undoes else set()
        answers = "operation_name, read" if self.effects else "read"
        answers += ", undone" if undoes else ""
        ports = {one.request.__name__ for one in self.real} | {
            one.output.__name__ for one in self.real
        }
        return (
            f'"""Talks to {self.title}."""\n\n'
            "from __future__ import annotations\n\n"
            "from collections.abc import Mapping\n"
            "from typing import Any\n\n"
            f"{_imported('unshackled.sdk', sdk)}"
            f"from unshackled.sdk.answers import {answers}\n"
            f"{_imported('unshackled.sdk.ports', ports)}\n"
            "from . import mapping\n"
            "from .settings import Settings\n\n\n"
            f"{_client(self.title, undoes=undoes)}" + "".join(map(self._port, self.capabilities))
        )

    def _port(self, capability: str) -> str:
        methods = [_method(one, self.stem(one)) for one in self.known[capability].values()]
        if any(one.effect for one in self.known[capability].values()):
            table = capability.upper()
            methods.append(
                "    async def look_up(self, operation: str, call: Call) -> Found[object]:\n"
                "        name = operation_name(operation)\n"
                f'        path = f"/{capability}/{{name}}/{{call.reference}}"\n'
                "        answer = await self._client.find(path, call)\n"
                "        if answer.status == 404:\n"
                "            return Absent()\n"
                f"        return read(answer, mapping.{table}[name])\n"
            )
        return (
            f'\n\nclass {camel(capability)}:\n    """The {capability} port at this backend."""\n\n'
            "    def __init__(self, client: Client) -> None:\n"
            "        self._client = client\n\n" + "\n".join(methods)
        )

    def mapping(self) -> str:
        """`mapping.py`: pure functions between our values and the backend's."""
        outputs: tuple[type, ...] = ()
        for one in self.real:
            outputs = nested(one.output, outputs)
        names = {one.__name__ for one in outputs} | {one.request.__name__ for one in self.real}
        needed = shapes.needs(outputs)
        plain = [one for one in (date,) if one in needed]
        declines = any(one.declinable for one in self.real)
        waits = any(one.waits for one in self.real)
        used = {"Call", "Passed"} | ({"Declined"} if declines else set())
        used |= {"Pending"} if waits else set()
        tops = {one.output for one in self.real}
        functions = "".join(_inner(shape) for shape in outputs if shape not in tops)
        functions += "".join(_both(one, self.stem(one)) for one in self.real)
        readers = {
            one for one in ("moment", "one_of", "text") if re.search(rf"\b{one}\(", functions)
        }
        return (
            '"""Between our values and the backend\'s, without any I/O."""\n\n'
            "from __future__ import annotations\n\n"
            f"from collections.abc import {'Callable, ' if self.effects else ''}Mapping\n"
            + _of_datetime(plain=bool(plain), waits=waits)
            + ("from decimal import Decimal\n" if Decimal in needed else "")
            + f"from typing import Any{', Final' if self.effects or declines or waits else ''}\n\n"
            + _imported("unshackled.sdk", used)
            + (_imported("unshackled.sdk.answers", readers) if readers else "")
            + (
                "from unshackled.sdk.porting import port_of\n"
                if any(map(_number, self.real))
                else ""
            )
            + _imported("unshackled.sdk.ports", names)
            + "\nJson = Mapping[str, Any]\n"
            + (DECLINES if declines else "")
            + ((("\n" if declines else "") + WAITS) if waits else "")
            + functions
            + self._tables()
        )

    def _tables(self) -> str:
        """How each effect's record is read when it is looked up."""
        text = ""
        for capability in self.capabilities:
            found = [one for one in self.effects if one.capability == capability]
            if found:
                rows = "".join(f'    "{one.name}": {self.stem(one)}_outcome,\n' for one in found)
                kind = "Mapping[str, Callable[[Json], Passed[Any]]]"
                text += f"\n\n{capability.upper()}: Final[{kind}] = {{\n{rows}}}\n"
        return text

    def fake(self) -> str:
        """`fake.py`: the stand-in."""
        answers = {one.key: encode(made_up(one.output)) for one in self.real}
        for key in TOLD_UNTIL & answers.keys():
            answers[key] |= {"valid_until": "2099-12-31T00:00:00Z"}
        undoes = {f"{one.capability}.{one.undo}": one.key for one in self.effects if one.undo}
        limited = [key for key in CHECKS if key in answers]
        checks = "".join([*(CHECKS[key] for key in limited), KEEPS if limited else ""])
        counts = "orders.accept_return" in limited
        return (
            FAKE.replace("REQUESTS_HERE", REQUESTS if limited else "")
            .replace("CHECKS_HERE", checks)
            .replace("LIMITS_HERE", "".join(LIMITS[key] for key in limited))
            .replace("COUNTER_HERE", "from collections import Counter\n" if counts else "")
            .replace("TITLE", self.title)
            .replace("NAME", self.name)
            .replace("ANSWERS_HERE", literal(answers))
            .replace("EFFECTS_HERE", literal([one.key for one in self.effects]))
            .replace("WAITS_HERE", literal([one.key for one in self.real if one.waits]))
            .replace("UNDOES_HERE", literal(undoes))
        )

    def suite(self, shelf: str) -> str:
        """The test file; `shelf` is an expression for the folder's path."""
        return (
            f'"""{self.title} keeps the contract of adapters."""\n\n'
            "from __future__ import annotations\n\n"
            "from pathlib import Path\n"
            "from typing import ClassVar\n\n"
            "from unshackled.adapter_registry import AdapterRegistry, find\n"
            "from unshackled.testing.adapter_contract import AdapterContract\n\n\n"
            f"class Test{self.title}(AdapterContract):\n"
            '    """Every promise of an adapter."""\n\n'
            f'    adapter = "{self.name}"\n'
            f'    settings: ClassVar = {{"api_key": "demo-{self.name}-key"}}\n'
            f"    shelf: ClassVar[AdapterRegistry] = find([{shelf}])\n"
        )

    def readme(self) -> str:
        """`README.md`."""
        rows = "".join(f"| `{one.key}` | {_wire(one)} | {_way(one)} |\n" for one in self.all)
        return README.replace("TITLE", self.title).replace("ROWS\n", rows)


def _of_datetime(*, plain: bool, waits: bool) -> str:
    """What of `datetime` a mapping uses."""
    names = [*(["date"] if plain else []), *(["timedelta"] if waits else [])]
    return f"from datetime import {', '.join(names)}\n" if names else ""


def _client(title: str, *, undoes: bool) -> str:
    """What all ports share; it takes something back only where one of them does."""
    return CLIENT.replace("TITLE", title).replace("UNDO_HERE", UNDO if undoes else "")


def _imported(module: str, names: set[str]) -> str:
    listed = sorted(names)
    line = f"from {module} import {', '.join(listed)}\n"
    if len(line) <= 100:
        return line
    return f"from {module} import (\n" + "".join(f"    {one},\n" for one in listed) + ")\n"


def _method(one: Operation, stem: str) -> str:
    if one.is_undo:
        effect = next(
            o
            for o in operations(one.capability, CAPABILITIES[one.capability]).values()
            if o.undo == one.name
        )
        return (
            f"    async def {one.name}("
            f"self, request: Undo[{effect.output.__name__}], call: Call) -> Undone:\n"
            f'        path = "/{one.capability}/{one.name}"\n'
            "        return await self._client.undo(path, request.reference, call)\n"
        )
    sent = f'"/{one.capability}/{one.name}", body, call' + ("" if one.declinable else ", expect=()")
    no = (
        "        if answer.status == 402:\n            return read(answer, mapping.declined)\n"
        if one.declinable
        else ""
    )
    if one.waits:
        no += "        if answer.status == 202:\n            return mapping.NOT_YET\n"
    takes = f"self, request: {one.request.__name__}, call: Call"
    gives = f"Outcome[{one.output.__name__}]:\n"
    head = f"    async def {one.name}({takes}) -> {gives}"
    if len(head) > 101:
        head = f"    async def {one.name}(\n        {takes}\n    ) -> {gives}"
    return (
        f"{head}"
        f"        body = mapping.{stem}_body(request, call)\n"
        f"        answer = await self._client.send({sent})\n"
        f"{no}"
        f"        return read(answer, mapping.{stem}_outcome)\n"
    )


def _inner(shape: type) -> str:
    body = indent("\n".join(shapes.reads(shape, width=shapes.LINE - 8)), " " * 8)
    return (
        f"\n\ndef {reader(shape)}(data: Json) -> {shape.__name__}:\n"
        f"    return {shape.__name__}(\n{body}\n    )\n"
    )


def _number(one: Operation) -> str | None:
    """The field of a request that says which number a customer wants; half a choice is refused."""
    fields = fields_of(one.request).items()
    return next((name for name, kind in fields if NumberChoice in dataclasses_in(kind)), None)


def _both(one: Operation, stem: str) -> str:
    """What an operation sends, and what its answer means."""
    entries = ['"reference": call.reference,', '"currency": call.currency,']
    if one.key in AMOUNTS:
        entries.append(f'"amount": {AMOUNTS[one.key]},')
    if one.of_sale and one.effect:
        entries.append('"sale": call.follows.reference if call.follows is not None else None,')
    entries += SKUS.get(one.key, ())
    first = ""
    if (choice := _number(one)) is not None:
        first = f"    kept = port_of(request.{choice})\n"
        entries += ['"pac": kept.pac if kept else None,', '"kept": kept.number if kept else None,']
    body = indent("\n".join([*entries, *shapes.writes(one.request)]), " " * 8)
    fields = indent("\n".join(shapes.reads(one.output, width=shapes.LINE - 12)), " " * 12)
    output = one.output.__name__
    until = '        valid_until=moment(data["valid_until"]),\n' if one.key in TOLD_UNTIL else ""
    return (
        f"\n\ndef {stem}_body(request: {one.request.__name__}, call: Call) -> dict[str, Any]:\n"
        f'    """What the backend is sent for `{one.key}`."""\n'
        f"{first}    return {{\n{body}\n    }}\n"
        f"\n\ndef {stem}_outcome(data: Json) -> Passed[{output}]:\n"
        f'    """What an answer to `{one.key}` means."""\n'
        f"    return Passed(\n        output={output}(\n{fields}\n        )"
        f"{',' if until else ''}\n{until}    )\n"
    )


def _wire(one: Operation) -> str:
    where = f"/{one.capability}/{one.name}" + ("/{reference}" if one.is_undo else "")
    return f"`POST {where}`"


def _way(one: Operation) -> str:
    if one.is_undo:
        return "sent until it is done"
    if one.supplies:
        return "sent until it is taken"
    return "sent again for 24 h, then looked up" if one.effect else "asked again"


def files(parts: AdapterFiles) -> Iterator[tuple[str, str]]:
    """Every file of the folder by its name."""
    yield "__init__.py", parts.init()
    yield "settings.py", parts.settings()
    yield "client.py", parts.client()
    yield "mapping.py", parts.mapping()
    yield "fake.py", parts.fake()
    yield "README.md", parts.readme()
