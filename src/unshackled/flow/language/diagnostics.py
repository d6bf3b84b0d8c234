"""What is wrong with a flow file: every mistake, each at its file and line, by a stable code.

UnshackledError
├─ FlowMistake    one mistake
└─ FlowMistakes   all mistakes of all files; the service does not start
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from unshackled.errors import UnshackledError
from unshackled.flow.language.yaml_marks import SourceLocation

CODES: Final[Mapping[str, str]] = {
    # the file
    "not_yaml": "the file is not YAML, or writes a key twice, or uses anchors or tags",
    "unknown_language": "`language: 1` is missing or another number",
    "no_flows": "the folder has no retailer's file",
    "two_files": "two files speak for one retailer",
    "missing_key": "a key that must be there is not",
    "unknown_key": "a key that the language does not know",
    "wrong_value": "a value of the wrong type or outside of its range",
    "bad_name": "a name with letters that are not allowed",
    "idle_key": "a key that has no effect on this kind of step",
    # inheritance
    "unknown_base": "`extends` names neither a flow of the file nor a base",
    "extends_cycle": "a flow extends itself",
    "unknown_step": "`step: null` removes a step that the base does not have",
    # providers
    "unknown_adapter": "no adapter is so named",
    "broken_adapter": "the adapter cannot be imported",
    "unknown_setting": "the adapter has no such setting",
    "missing_setting": "the adapter needs a setting that is not given",
    "wrong_setting": "the adapter refuses the value of a setting",
    "live_credentials": "a `sandbox` shares a secret with `settings`, or nothing tells them apart",
    "secret_in_file": "a secret is written down instead of referred to",
    "unknown_capability": "`defaults` names no capability",
    "unknown_provider": "a provider that is not under `providers`",
    "no_provider": "nobody is named to serve a step",
    "provider_lacks_operation": "the provider's adapter does not offer the operation",
    "no_amount_taken": "no sum of money is taken by all the steps that ask for it",
    "provider_lacks_currency": "the provider's adapter cannot do it in the retailer's currency",
    "no_catalogue": "a retailer sells something and names no `catalogue` under `defaults`",
    "shadow_idle": "a shadow of an effect that the candidate cannot try without doing it",
    "provider_of_follower": "a step that follows another names a provider of its own",
    "unknown_retailer": "a stored flow belongs to a retailer that has no file any more",
    # the market
    "unknown_market": "there are no rules of the retailer's market",
    "outside_market": "a currency or time zone that the retailer's market does not have",
    # notifications
    "unknown_event": "`event` of a notification names no event",
    "unknown_event_step": "`step` of a notification names no step of the retailer's flows",
    # steps
    "no_steps": "a flow without steps",
    "no_kind": "a step without a kind",
    "two_kinds": "a step of more than one kind",
    "unknown_operation": "`call` or `choose` names no operation that a step may call",
    "unknown_model": "`collect` names no model",
    "unknown_document": "`show` names no document",
    "unknown_rule": "`rule` names no rule",
    "unknown_need": "`needs` names no step",
    "cycle": "steps need each other in a circle",
    "implied_cycle": "a step comes before what it cannot be done without, e.g. a price it reads",
    # facts
    "unknown_field": "`use` or `with` names no field of the request",
    "unknown_producer": "`use` names no earlier step that gives the fact",
    "no_producer": "nothing before the step gives a fact that it requires",
    "two_producers": "more than one step gives a fact: `use` must name one",
    "missing_literal": "a field without a default has no value under `with`",
    "optional_fact_unguarded": "a step requires what may be absent where it runs",
    "follows_missing": "no earlier step calls the operation that this one follows",
    "two_followed": "more than one earlier step could be the one that is followed",
    # conditions
    "bad_condition": "a condition with wrong syntax, an unknown name, a wrong type or result",
    "condition_error": "a condition that fails where an optional part is absent",
    # what is sold
    "missing_sells": "a flow does not say what it sells",
    "part_not_carried": "a part that is sold, and that no step hands on in some case",
    "price_not_collected": "a price that no step collects in some case",
    "no_delivery_address": "what can be sent to the customer has no address to go to in some case",
    "paid_twice": "what is due today is collected by two steps in some case",
    "charged_before_dispatch": "goods that are promised are charged before they leave, in a market "
    "that forbids it",
    "lapses_too_soon": "a hold, slot or signature that ends before what comes after it can",
    # upgrades
    "upgrade_not_settled": "an upgrade that settles with the order, or in the case of its device, "
    "and no step settles it",
    "upgrade_settled_twice": "an old agreement that somebody else settles, or that comes later",
    "upgrade_not_read": "an upgrade on a new credit in a flow that takes none in its package",
    "upgrade_not_inspected": "an upgrade takes a device back, and no case flow looks at it",
    "upgrade_waits_otherwise": "the case of an old device waits for more or less time than the "
    "programme promises",
    # cases of a sale
    "opens_without_case": "`opens` in a flow that is no case of a sale",
    "case_key": "a key or a step of a purchase in a flow of a case",
    "window_too_short": "a case can be opened for fewer days than the law of the market gives",
    "operation_of_case": "a flow that sells calls what acts on a sale that is done",
    "operation_of_purchase": "a flow of a case calls what belongs to a purchase",
    # proofs
    "no_pivot": "a flow with effects and without a point of no return",
    "no_end": "a flow that never completes",
    "two_pivots": "more than one pivot",
    "two_confirms": "more than one `confirm`",
    "pivot_not_effect": "the pivot only reads",
    "pivot_optional": "the pivot may be left out",
    "confirm_optional": "`confirm` may be left out",
    "confirm_after_pivot": "the customer's yes comes after the point of no return",
    "not_undoable_before_pivot": "an effect before the pivot that cannot be undone",
    "decline_after_pivot": "a step after the pivot that can be declined",
    "customer_after_pivot": "a step after the pivot that waits for the customer",
    "best_effort_leaves_effect": "`best_effort` on an effect that would have to be undone",
    "best_effort_waits": "`best_effort` on a step that waits for the customer",
    "documents_before_agreement": "an agreement is signed before its documents were shown",
    "two_hard_searches": "more than one hard search",
    "search_without_consent": "a hard search without a step before it that asks for consent",
    "consent_conditional": "the consent is asked for on another condition than the search",
    "hard_search_under_waterfall": "a hard search that goes on to the next lender",
}


class FlowMistake(UnshackledError):
    """One mistake: where it is, its stable code, what is wrong and what is allowed."""

    def __init__(self, file: str, line: int, code: str, message: str) -> None:
        super().__init__(f"{file}:{line}: {code}: {message}")
        self.file = file
        self.line = line
        self.code = code
        self.message = message


class FlowMistakes(UnshackledError):
    """Every mistake that was found, in the order of files and lines."""

    def __init__(self, mistakes: Sequence[FlowMistake]) -> None:
        ordered = sorted(mistakes, key=lambda m: (m.file, m.line, m.code, m.message))
        super().__init__("\n".join(str(mistake) for mistake in ordered))
        self.mistakes = tuple(ordered)


@dataclass(slots=True)
class Diagnostics:
    """Collects mistakes, so that all are reported at once; the same one counts once.

    `cases` are those of the conditions of the file at hand, as far as they were counted.
    """

    entries: dict[str, FlowMistake] = field(default_factory=dict)
    cases: int = 0

    def add(self, mark: SourceLocation, code: str, message: str) -> None:
        """Note a mistake; the code is one of `CODES`."""
        if code not in CODES:
            raise KeyError(code)
        mistake = FlowMistake(mark.file, mark.line, code, message)
        self.entries.setdefault(str(mistake), mistake)

    def __len__(self) -> int:
        return len(self.entries)

    def refuse(self) -> None:
        """Raise `FlowMistakes` if there is any."""
        if self.entries:
            raise FlowMistakes(list(self.entries.values()))


def listed(names: object) -> str:
    """Names for a message: sorted, or that there are none."""
    known = sorted(names)  # type: ignore[call-overload]
    return ", ".join(known) if known else "none"
