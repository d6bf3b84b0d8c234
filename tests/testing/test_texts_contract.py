"""The shipped suite fails an adapter that makes an object into Python's text of it."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
import pytest

from unshackled.ports.operation import Operation
from unshackled.sdk import Passed
from unshackled.sdk.ports import NotificationSent
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness

PROMISE = "test_an_object_where_a_text_belongs_is_no_text"


class Spells(AdapterHarness):
    """An adapter that takes whatever the sender answers for a message's number."""

    async def send(self, operation: Operation, request: Any, call: Any) -> Any:
        made = self.ports["notification"]
        body = {"template": request.template, "to": request.contact.email, "channel": "email"}
        answer = await made._http.request(  # noqa: SLF001 - its own wire
            "POST",
            "/v1/messages",
            json=body | {"client_reference": call.reference, "values": {}},
            headers=made._headers(call),  # noqa: SLF001
        )
        number = orjson.loads(answer.body)["message"]
        return Passed(output=NotificationSent(message=str(number)))


class Notifier(AdapterContract):
    adapter = "notifier"
    settings: ClassVar = {"api_key": "made-up"}


async def test_an_adapter_that_wants_a_text_keeps_the_promise() -> None:
    """What is an object there is no answer."""
    await getattr(Notifier(), PROMISE)()


async def test_an_adapter_that_spells_objects_fails() -> None:
    """`str` of what came is caught."""

    class Suite(Notifier):
        bench_type = Spells

    with pytest.raises(AssertionError, match="has an object where a text belongs"):
        await getattr(Suite(), PROMISE)()
