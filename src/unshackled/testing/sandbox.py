"""Every stand-in backend behind one port, each below its adapter's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from unshackled.adapter_registry import AdapterRegistry, ShelfError
from unshackled.sdk.standin import Scenario, StandIn, answer, problem

TEST: Final = "test/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The stand-ins by adapter, once more for test keys below `/test`, and their switches.

    `POST /_scenario` and `DELETE /_scenario` take `?stand_in=<adapter>` to reach only one, e.g.
    `psp` or `test/psp`.
    """

    stand_ins: Mapping[str, StandIn]
    test: Mapping[str, StandIn] = field(default_factory=dict)

    @property
    def _all(self) -> Mapping[str, StandIn]:
        return {**self.stand_ins, **{f"{TEST}{name}": one for name, one in self.test.items()}}

    def app(self) -> Starlette:
        """The application: `/<adapter>/…`, `/test/<adapter>/…` and the switches."""
        return Starlette(
            routes=[
                Route("/livez", self._live, methods=["GET"]),
                Route("/_ledger", self._ledger, methods=["GET"]),
                Route("/_scenario", self._set, methods=["POST"]),
                Route("/_scenario", self._clear, methods=["DELETE"]),
                *(Mount(f"/{name}", app=one.app()) for name, one in self._all.items()),
            ]
        )

    async def _live(self, request: Request) -> Response:
        return answer({"status": "ok", "stand_ins": sorted(self.stand_ins)})

    async def _ledger(self, request: Request) -> Response:
        entries = [
            {"stand_in": name, **entry} for name, one in self._all.items() for entry in one.ledger
        ]
        return answer({"ledger": entries})

    async def _set(self, request: Request) -> Response:
        try:
            scenario = Scenario.model_validate_json(await request.body())
        except ValidationError as errors:
            return problem(errors)
        for one in self._meant(request):
            one.scenarios.append(scenario)
        return self._switches()

    async def _clear(self, request: Request) -> Response:
        for one in self._meant(request):
            one.scenarios.clear()
        return self._switches()

    def _meant(self, request: Request) -> list[StandIn]:
        wanted = request.query_params.get("stand_in")
        return [one for name, one in self._all.items() if wanted in (None, name)]

    def _switches(self) -> Response:
        """Those of each stand-in; its twin for test keys only where that is set otherwise."""
        scenarios = {
            name: [scenario.model_dump() for scenario in one.scenarios]
            for name, one in self._all.items()
        }
        live = self.stand_ins
        return answer(
            {
                name: switches
                for name, switches in scenarios.items()
                if name in live or switches != scenarios[name.removeprefix(TEST)]
            }
        )


def sandbox(
    registry: AdapterRegistry, seed: int = 1, say: Callable[[str], None] | None = None
) -> Starlette:
    """A fresh stand-in of every adapter that brings one, as one application.

    `seed` decides which calls a switch strikes; each stand-in has chances of its own. An adapter
    that somebody is still writing stops nobody else: `say` is told why it is left out. Without
    `say` it raises `ShelfError`.
    """
    live, test = _made(registry, seed, say), _made(registry, seed, None if say is None else _quiet)
    return Sandbox(stand_ins=live, test=test).app()


def _made(
    registry: AdapterRegistry, seed: int, say: Callable[[str], None] | None
) -> dict[str, StandIn]:
    stand_ins = {}
    for name in registry.names:
        try:
            if registry.has_stand_in(name):
                stand_ins[name] = registry.stand_in(name)
        except ShelfError as error:
            if say is None:
                raise
            say(f"left out: {error}")
    for name, one in stand_ins.items():
        one.chance = Random(f"{name} {seed}")
    return stand_ins


def _quiet(_: str) -> None:
    """It was said already."""
