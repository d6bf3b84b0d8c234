"""CAMARA's network APIs keep the contract, and their own promises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import orjson
import pytest
import yaml

import unshackled_adapters
from unshackled.adapter_registry import find
from unshackled.domain.records import replace
from unshackled.flow.plan.registry import load_flows
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.ports import all_operations
from unshackled.sdk import Declined, InDoubt, Outcome, Passed, Refused
from unshackled.sdk.ports import (
    CheckSimSwap,
    Contact,
    IdentityMatched,
    MatchIdentity,
    SimSwapChecked,
)
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import request_for, sample

README = Path(unshackled_adapters.__file__).parent / "camara" / "README.md"
FLOWS = Path(__file__).parents[1] / "flows"
SWAP, MATCH = "fraud.check_sim_swap", "fraud.match_identity"


def passed(swapped: bool, hours: int, *, known: bool = True) -> Passed[SimSwapChecked]:
    return Passed(output=SimSwapChecked(swapped=swapped, known=known, covered_hours=hours))


class Tape(httpx.AsyncBaseTransport):
    """A wire that remembers what went over it, and may answer for the backend."""

    def __init__(
        self, bench: AdapterHarness, answers: Mapping[str, tuple[int, Any]] | None = None
    ) -> None:
        self.backend = in_process(bench.tape.round(bench.stand_in.app()))
        self.answers = answers or {}
        self.seen: list[tuple[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        path = request.url.path
        is_json = request.headers["content-type"] == "application/json"
        self.seen.append((path, orjson.loads(body) if is_json else body.decode()))
        if path in self.answers:
            status, answer = self.answers[path]
            return httpx.Response(status, json=answer)
        return await self.backend.handle_async_request(request)


class TestCamara(AdapterContract):
    adapter = "camara"
    settings: ClassVar = {"client_id": "harbor", "client_secret": "made-up-client-secret"}

    async def ask(
        self,
        key: str,
        number: str = "+447700900123",
        bench: AdapterHarness | None = None,
        **how: Any,
    ) -> Outcome[Any]:
        """Ask about a number, with literals as a flow gives them."""
        bench = bench or self.bench()
        operation = all_operations()[key]
        request = request_for(operation, facts=(sample(Contact, phone=number),))
        return await bench.send(operation, replace(request, **how), bench.call(operation))

    def taped(
        self, answers: Mapping[str, tuple[int, Any]] | None = None, **settings: object
    ) -> tuple[AdapterHarness, Tape]:
        """A bench whose wire is remembered."""
        plain = self.bench()
        tape = Tape(plain, answers)
        http = HttpClient("bench", BASE_URL, transport=tape)
        changed = plain.settings.model_copy(update=settings)
        bench = AdapterHarness(
            adapter=plain.adapter, stand_in=plain.stand_in, settings=changed, http=http
        )
        return bench, tape

    @pytest.mark.parametrize(
        ("number", "within", "expected"),
        [
            ("+447700900001", timedelta(hours=72), Declined(code="sim_swapped")),
            ("+447700900001", timedelta(minutes=90), Declined(code="sim_swapped")),
            ("+447700900001", timedelta(minutes=59), passed(False, 1)),
            ("+447700900002", timedelta(hours=72), passed(False, 72)),
            ("+447700900002", timedelta(days=100, hours=1), Declined(code="sim_swapped")),
            ("+447700900003", timedelta(days=10), passed(False, 240)),
            ("+447700900003", timedelta(days=60), passed(False, 720)),
            ("+447700900404", timedelta(days=10), passed(False, 0, known=False)),
            ("+447700900422", timedelta(days=10), passed(False, 0, known=False)),
        ],
    )
    async def test_the_window_decides(
        self, number: str, within: timedelta, expected: Outcome[Any]
    ) -> None:
        """A swap inside the window declines; less history than asked for is said."""
        assert await self.ask(SWAP, number, within=within) == expected

    @pytest.mark.parametrize(
        ("number", "expected"),
        [
            ("+447700900001", passed(True, 240)),
            ("+447700900002", passed(False, 240)),
            ("+447700900003", passed(False, 240)),
            ("+447700900404", passed(False, 0, known=False)),
        ],
    )
    async def test_the_date_of_the_last_swap_says_the_same(
        self, number: str, expected: Outcome[Any]
    ) -> None:
        """With `by_date` only `retrieve-date` is called, and a flow may only want to know."""
        bench, tape = self.taped(by_date=True)
        assert await self.ask(SWAP, number, bench, decline=False) == expected
        assert [path for path, _ in tape.seen[1:]] == ["/sim-swap/v2/retrieve-date"]

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ({"latestSimChange": None}, passed(False, 0, known=False)),
            ({"latestSimChange": None, "monitoredPeriod": 5}, passed(False, 120)),
            ({"latestSimChange": "2024-09-18T07:37:53.471829447Z"}, passed(False, 240)),
        ],
    )
    async def test_dates_are_read_as_operators_write_them(
        self, answer: dict[str, Any], expected: Outcome[Any]
    ) -> None:
        """Null is no swap in the days that are kept; fractions may have nine digits."""
        bench, _ = self.taped({"/sim-swap/v2/retrieve-date": (200, answer)}, by_date=True)
        assert await self.ask(SWAP, bench=bench) == expected

    async def test_a_date_from_a_moment_ago_is_a_swap(self) -> None:
        """The operator's clock and ours may differ: a date in the future counts too."""
        soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        answers = {"/sim-swap/v2/retrieve-date": (200, {"latestSimChange": soon})}
        bench, _ = self.taped(answers, by_date=True)
        assert await self.ask(SWAP, bench=bench) == Declined(code="sim_swapped")

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "INVALID_ARGUMENT"),
            (403, "PERMISSION_DENIED"),
            (403, "INVALID_TOKEN_CONTEXT"),
            (404, "NOT_FOUND"),
            (422, "MISSING_IDENTIFIER"),
            (422, "UNNECESSARY_IDENTIFIER"),
        ],
    )
    @pytest.mark.parametrize("key", [SWAP, MATCH])
    async def test_what_is_our_mistake_is_refused(self, key: str, status: int, code: str) -> None:
        """Only "no such number" and "not applicable" are answers; the rest needs a person."""
        body = {"status": status, "code": code, "message": "no"}
        paths = ("/sim-swap/v2/check", "/kyc-match/v0.4/match")
        bench, _ = self.taped(dict.fromkeys(paths, (status, body)))
        with pytest.raises(Refused) as caught:
            await self.ask(key, bench=bench)
        assert caught.value.code == code.lower()

    @pytest.mark.parametrize("body", [["no"], "Not Found", None])
    async def test_a_gateways_own_error_is_in_doubt(self, body: Any) -> None:
        """A 404 that CAMARA did not write says nothing about the number."""
        bench, _ = self.taped({"/sim-swap/v2/check": (404, body)})
        with pytest.raises(InDoubt, match="status 404"):
            await self.ask(SWAP, bench=bench)

    async def test_a_token_without_the_scope_is_refused(self) -> None:
        """The operator says 403 where the client lacks a scope."""
        bench, _ = self.taped(scope="dpv:FraudPreventionAndDetection sim-swap:check")
        assert isinstance(await self.ask(SWAP, bench=bench), Passed)
        with pytest.raises(Refused) as caught:
            await self.ask(MATCH, bench=bench)
        assert caught.value.code == "permission_denied"

    async def test_one_token_serves_many_calls(self) -> None:
        """The token endpoint is asked once, with one purpose beside the scopes."""
        bench, tape = self.taped()
        for _ in range(3):
            await self.ask(SWAP, bench=bench)
        form = [body for path, body in tape.seen if path == "/oauth2/token"]
        assert len(form) == 1
        assert "scope=dpv%3AFraudPreventionAndDetection+sim-swap+kyc-match%3Amatch" in form[0]

    async def test_an_operator_that_wants_a_document_refuses(self) -> None:
        """We have no document number to give, so somebody must choose another operator."""
        with pytest.raises(Refused) as caught:
            await self.ask(MATCH, "+447700900005")
        assert caught.value.code == "id_document_required"

    @pytest.mark.parametrize(
        ("how", "sent"),
        [
            ({}, "name givenName familyName address locality postalCode country birthdate"),
            ({"name_score": 0, "birth_date": False}, "address locality postalCode country"),
            ({"name_score": 0, "address_score": 0}, "birthdate"),
            ({"address": None, "birth_date": False}, "name givenName familyName"),
        ],
    )
    async def test_no_more_is_sent_than_is_compared(self, how: dict[str, Any], sent: str) -> None:
        """What a flow leaves out never leaves us."""
        bench, tape = self.taped()
        assert isinstance(await self.ask(MATCH, bench=bench, **how), Passed)
        body = tape.seen[-1][1]
        assert {*body} == {"phoneNumber", *sent.split()}

    async def test_another_persons_record_declines(self) -> None:
        """A number that belongs to somebody else does not pass as the customer's."""
        assert await self.ask(MATCH, "+447700900006") == Declined(code="identity_not_matched")

    async def test_a_flow_may_only_want_the_scores(self) -> None:
        """With `decline: false` a misfit is an output."""
        outcome = await self.ask(MATCH, "+447700900006", decline=False)
        assert isinstance(outcome, Passed)
        found: IdentityMatched = outcome.output
        assert (found.known, found.matched, found.birth_date) == (True, False, "different")
        assert found.name_score is not None
        assert found.name_score < 85

    @pytest.mark.parametrize("number", ["+447700900007", "+447700900404", "+447700900422"])
    async def test_an_operator_that_knows_nothing_declines_nobody(self, number: str) -> None:
        """The output says that nothing was compared."""
        unknown = IdentityMatched(matched=False, known=False, birth_date="not_compared")
        assert await self.ask(MATCH, number) == Passed(output=unknown)

    @pytest.mark.parametrize(
        ("answer", "name", "address"),
        [
            ({"nameMatch": "true", "addressMatch": "false", "addressMatchScore": 91}, 100, 91),
            ({"nameMatch": "false", "givenNameMatch": "true"}, 0, None),
            (
                {
                    "nameMatch": "not_available",
                    "givenNameMatch": "true",
                    "familyNameMatch": "false",
                    "familyNameMatchScore": 88,
                    "postalCodeMatch": "true",
                    "localityMatch": "false",
                    "localityMatchScore": 75,
                },
                88,
                75,
            ),
            ({"givenNameMatch": "true", "postalCodeMatch": "false"}, 100, 0),
        ],
    )
    async def test_scores_are_the_whole_or_the_worst_part(
        self, answer: dict[str, Any], name: int | None, address: int | None
    ) -> None:
        """A difference without a score counts as nothing alike."""
        bench, _ = self.taped({"/kyc-match/v0.4/match": (200, answer)})
        outcome = await self.ask(MATCH, bench=bench, decline=False)
        assert isinstance(outcome, Passed)
        assert (outcome.output.name_score, outcome.output.address_score) == (name, address)

    @pytest.mark.parametrize(
        "answer", [{"nameMatch": "maybe"}, {"nameMatch": "false", "nameMatchScore": 400}, []]
    )
    async def test_unreadable_matches_are_in_doubt(self, answer: Any) -> None:
        """A word or a score that CAMARA does not know is not guessed at."""
        bench, _ = self.taped({"/kyc-match/v0.4/match": (200, answer)})
        with pytest.raises(InDoubt):
            await self.ask(MATCH, bench=bench)

    def test_the_readmes_flow_is_proved(self, tmp_path: Path) -> None:
        """Signals are typed in conditions: the example loads, and its guards are enough."""
        example = re.findall(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)[0]
        retailer = yaml.safe_load((FLOWS / "northstar.yaml").read_text())
        retailer["providers"]["operator"] = {
            "adapter": "camara",
            "settings": {
                "base_url": "env:OPERATOR_URL",
                "client_id": "harbor",
                "client_secret": "env:OPERATOR_SECRET",
            },
        }
        steps = yaml.safe_load(example)["steps"]
        steps |= {"prequalify": {"provider": "prime-lender"}, "identity": {"provider": "kyc"}}
        retailer["flows"] = {"safe": {"extends": "base/handset-credit", "steps": steps}}
        (tmp_path / "base").symlink_to(FLOWS / "base")
        (tmp_path / "one.yaml").write_text(yaml.safe_dump(retailer))
        assert load_flows(tmp_path, find()).plans


def test_requests_have_what_a_flow_may_say() -> None:
    """The literals of `with:` have defaults: a step needs none."""
    contact = sample(Contact)
    assert CheckSimSwap(contact=contact).decline
    assert MatchIdentity(contact=contact, address=None).birth_date
