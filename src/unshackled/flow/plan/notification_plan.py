"""The section `notifications` of a retailer's file: which event sends the customer what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from unshackled.domain.events.case_events import CaseCanceled, CaseCompleted, CaseOpened
from unshackled.domain.events.event_types import event_types
from unshackled.domain.personal import fields_of
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.parsing import parse
from unshackled.flow.language.spec import NotificationRule, NotificationSpec
from unshackled.flow.language.yaml_marks import YamlNode
from unshackled.flow.plan.policy_resolver import Offers, check_offer
from unshackled.ports import all_operations

SEND: Final = "notification.send"
CAPABILITY: Final = "notification"


def read_notifications(
    node: YamlNode,
    *,
    offers: Offers,
    defaults: Mapping[str, str],
    steps: Collection[str],
    report: Diagnostics,
) -> tuple[NotificationRule, ...]:
    """The rules of a file; `steps` are those of all its flows. Every mistake is noted."""
    section = node.entries.get("notifications")
    if section is None:
        return ()
    if not isinstance(section.value, list):
        report.add(section.mark, "wrong_value", "notifications: must be a list")
        return ()
    reader = _Reader(offers, defaults, steps, report)
    found: dict[tuple[str, str | None, str | None, str], NotificationRule] = {}
    for entry in section.value:
        rule = reader.rule(entry)
        if rule is None:
            continue
        key = (rule.event, rule.step, rule.case, rule.template)
        if key in found:
            message = f"notifications: {rule.event} sends {rule.template} already"
            report.add(entry.mark, "wrong_value", message)
        found[key] = rule
    return tuple(found.values())


class _Reader:
    """Reads one entry after the other."""

    def __init__(
        self,
        offers: Offers,
        defaults: Mapping[str, str],
        steps: Collection[str],
        report: Diagnostics,
    ) -> None:
        self._offers = offers
        self._defaults = defaults
        self._steps = steps
        self._report = report

    def rule(self, entry: YamlNode) -> NotificationRule | None:
        """One entry; None where it cannot be read or no provider sends it."""
        spec = parse(NotificationSpec, entry, self._report)
        if spec is None:
            return None
        self._check_event(spec, entry)
        provider = spec.provider or self._defaults.get(CAPABILITY)
        if provider is None:
            message = (
                f"notifications: nobody sends {spec.template}: write `provider`, or "
                f"{CAPABILITY} under `defaults`: providers are {listed(self._offers)}"
            )
            self._report.add(entry.mark, "no_provider", message)
            return None
        operation = all_operations()[SEND]
        check_offer(operation, provider, self._offers, entry.at(["provider"]), self._report)
        return NotificationRule(
            event=spec.event,
            template=spec.template,
            provider=provider,
            step=spec.step,
            case=spec.case,
        )

    def _check_event(self, spec: NotificationSpec, entry: YamlNode) -> None:
        known: type | None = event_types().get(spec.event)
        if known is None:
            message = f"notifications: unknown event {spec.event!r}: allowed are "
            self._report.add(entry.at(["event"]), "unknown_event", message + listed(event_types()))
        elif spec.case is not None and not _of_cases(known):
            message = f"notifications: {spec.event} is about no case: remove `case`"
            self._report.add(entry.at(["case"]), "idle_key", message)
        elif spec.step is None:
            return
        elif "step" not in fields_of(known):
            message = f"notifications: {spec.event} is about no step: remove `step`"
            self._report.add(entry.at(["step"]), "idle_key", message)
        elif spec.step not in self._steps:
            message = f"notifications: unknown step {spec.step!r}: allowed are "
            self._report.add(
                entry.at(["step"]), "unknown_event_step", message + listed(self._steps)
            )


def _of_cases(event: type) -> bool:
    """Whether an event is about a case as a whole, or about a step, which may be one's."""
    return event in (CaseOpened, CaseCompleted, CaseCanceled) or "step" in fields_of(event)
