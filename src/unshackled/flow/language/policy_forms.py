"""How a file writes who serves a step: every form of `provider`, and of an entry of `routes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from unshackled.flow.language.durations import duration
from unshackled.flow.language.policy import WHOLE, CutBack, Policy, PolicyArm, Shadow
from unshackled.flow.language.tolerance import Tolerance

Json = Any
FORMS: Final = (
    "a provider's or a route's name, {first: a, then: [b, c]}, {waterfall: [a, b]},"
    " {split: {a: 90, b: 10}}, {by: [{when: <CEL>, use: a}, {use: b}]} or {best: [a, b]}"
)
WAYS: Final = ("first", "waterfall", "split", "by", "best")
BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "first": ("then", "shadow"),
    "waterfall": ("shadow",),
    "split": ("shadow", "cut_back"),
    "by": ("shadow",),
    "best": ("measure", "explore", "shadow"),
}
MEASURES: Final = ("success_rate", "cost")


def policy(value: Json) -> Policy:
    """Who serves a step, from any of its forms; raises `ValueError` with the forms."""
    if isinstance(value, Policy):
        return value
    if isinstance(value, str):
        return Policy(how="single", providers=(value,))
    ways = [way for way in WAYS if isinstance(value, dict) and way in value]
    if len(ways) != 1:
        raise ValueError(f"must be {FORMS}")
    way = ways[0]
    for key in value:
        if key not in (way, "route", *BESIDE[way]):
            allowed = ", ".join(BESIDE[way])
            raise ValueError(f"unknown key {key!r}: allowed beside {way!r} are {allowed}")
    found = _READ[way](value)
    if len(set(found["providers"])) < len(found["providers"]):
        raise ValueError("names a provider twice")
    made = Policy(**found, **_beside(value))
    if made.shadow is not None and made.shadow.candidate == made.providers[0]:
        raise ValueError(f"shadow: {made.shadow.candidate} serves already")
    return made


def _beside(value: Mapping[str, Json]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "route" in value:
        found |= {"route": _name(value["route"], "route"), "shared": True}
    if "shadow" in value:
        found["shadow"] = _shadow(value["shadow"])
    if "split" in value:
        found["cut_back"] = _cut_back(value.get("cut_back", {}))
    if "measure" in value:
        if value["measure"] not in MEASURES:
            raise ValueError(f"measure: allowed are {', '.join(MEASURES)}")
        found["measure"] = value["measure"]
    if "explore" in value:
        found["explore"] = _percent(value["explore"], "explore")
    return found


def _first(value: Mapping[str, Json]) -> dict[str, Any]:
    first = _name(value["first"], "first")
    if "then" not in value:
        if "shadow" not in value and "route" not in value:
            raise ValueError(f"first: without `then` it is one name: must be {FORMS}")
        return {"how": "single", "providers": (first,)}
    return {"how": "first", "providers": (first, *_names(value["then"], "then"))}


def _waterfall(value: Mapping[str, Json]) -> dict[str, Any]:
    names = _names(value["waterfall"], "waterfall")
    return {"how": "waterfall" if len(names) > 1 else "single", "providers": names}


def _split(value: Mapping[str, Json]) -> dict[str, Any]:
    shares = value["split"]
    if isinstance(shares, list):  # the shape alone, as a stored flow has it
        names = _names(shares, "split")
        return {"how": "split", "providers": names, "weights": _all_to_first(len(names))}
    if not isinstance(shares, dict) or not shares:
        raise ValueError("split: needs providers with their share in percent: {a: 90, b: 10}")
    weights = tuple(_percent(share, f"split.{name}") for name, share in shares.items())
    if abs(sum(weights) - WHOLE) > 1e-9:
        raise ValueError(f"split: the shares come to {sum(weights):g}, not to 100")
    return {"how": "split", "providers": _names(list(shares), "split"), "weights": weights}


def _all_to_first(count: int) -> tuple[float, ...]:
    return (WHOLE, *(0.0 for _ in range(count - 1)))


def _by(value: Mapping[str, Json]) -> dict[str, Any]:
    arms = value["by"]
    if not isinstance(arms, list) or not arms:
        raise ValueError("by: needs a list of {when: <CEL>, use: a}, the last one without `when`")
    rules = tuple(_rule(arm, number) for number, arm in enumerate(arms))
    open_ends = [number for number, rule in enumerate(rules) if rule.when is None]
    if open_ends != [len(rules) - 1]:
        raise ValueError("by: the last arm, and no other, has no `when`: it serves all the rest")
    providers = dict.fromkeys(name for rule in rules for name in rule.providers)
    return {"how": "by", "providers": tuple(providers), "rules": rules}


def _rule(arm: Json, number: int) -> PolicyArm:
    where = f"by.{number}"
    if not isinstance(arm, dict) or "use" not in arm or set(arm) - {"when", "use"}:
        raise ValueError(f"{where}: must be {{when: <CEL>, use: a}} or {{use: a}}")
    when = arm.get("when")
    if when is not None and not isinstance(when, str):
        raise ValueError(f"{where}.when: must be a CEL condition")
    use = arm["use"]
    names = (use,) if isinstance(use, str) else _names(use, f"{where}.use")
    return PolicyArm(providers=names, when=when)


def _best(value: Mapping[str, Json]) -> dict[str, Any]:
    return {"how": "best", "providers": _names(value["best"], "best")}


_READ: Final[Mapping[str, Callable[[Mapping[str, Json]], dict[str, Any]]]] = {
    "first": _first,
    "waterfall": _waterfall,
    "split": _split,
    "by": _by,
    "best": _best,
}


def _shadow(value: Json) -> Shadow:
    if isinstance(value, str):
        return Shadow(candidate=value)
    if not isinstance(value, dict) or "candidate" not in value:
        raise ValueError("shadow: must be a provider's name, or {candidate: a, …}")
    allowed = ("candidate", "sample", "ignore", "tolerate", "alarm")
    for key in value:
        if key not in allowed:
            raise ValueError(f"shadow: unknown key {key!r}: allowed are {', '.join(allowed)}")
    tolerate = value.get("tolerate") or {}
    if set(value) >= {"tolerate"} and not isinstance(tolerate, dict):
        raise ValueError('shadow.tolerate: must be {field: "1" | "0.5%" | "60s"}')
    for name, text in tolerate.items():
        Tolerance.read(str(text), f"shadow.tolerate.{name}")
    return Shadow(
        candidate=_name(value["candidate"], "shadow.candidate"),
        sample=_percent(value.get("sample", WHOLE), "shadow.sample"),
        ignore=_names(value["ignore"], "shadow.ignore") if value.get("ignore") else (),
        tolerate={str(name): str(text) for name, text in tolerate.items()},
        **_alarm(value.get("alarm", {})),
    )


def _alarm(value: Json) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - {"calls", "after"}:
        raise ValueError("shadow.alarm: must be {calls: 20, after: 2m}")
    found: dict[str, Any] = {}
    if "calls" in value:
        found["alarm_calls"] = _count(value["calls"], "shadow.alarm.calls")
    if "after" in value:
        found["alarm_after"] = duration(value["after"])
    return found


def _cut_back(value: Json) -> CutBack | None:
    if value is False:
        return None
    allowed = ("errors", "mismatches", "calls", "window")
    if not isinstance(value, dict) or set(value) - set(allowed):
        raise ValueError(f"cut_back: must be false, or has {', '.join(allowed)}")
    found: dict[str, Any] = {}
    for key in ("errors", "mismatches"):
        if key in value:
            found[key] = _percent(value[key], f"cut_back.{key}")
    if "calls" in value:
        found["calls"] = _count(value["calls"], "cut_back.calls")
    if "window" in value:
        found["window"] = duration(value["window"])
    return CutBack(**found)


def _count(value: Json, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{where}: must be a whole number from 1")
    return value


def _name(value: Json, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where}: must be a name")
    return value


def _names(value: Json, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{where}: names at least one provider: must be {FORMS}")
    return tuple(_name(name, where) for name in value)


def _percent(value: Json, where: str) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= WHOLE:
        raise ValueError(f"{where}: must be a number of percent from 0 to 100")
    return float(value)


_NAMES: Final = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_NAME: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 1}
_PERCENT: Final = {"type": "number", "minimum": 0, "maximum": 100}
_SHADOW: Final = {
    "description": "A candidate that is asked too; its answers are compared, nobody waits for it.",
    "anyOf": [
        _NAME,
        {
            "type": "object",
            "properties": {
                "candidate": _NAME,
                "sample": _PERCENT,
                "ignore": _NAMES,
                "tolerate": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number"]},
                },
                "alarm": {
                    "type": "object",
                    "properties": {"calls": _COUNT, "after": _NAME},
                    "additionalProperties": False,
                },
            },
            "required": ["candidate"],
            "additionalProperties": False,
        },
    ],
}
_CUT_BACK: Final = {
    "description": "When a candidate loses its share by itself; false for never.",
    "anyOf": [
        {"const": False},
        {
            "type": "object",
            "properties": {
                "errors": _PERCENT,
                "mismatches": _PERCENT,
                "calls": _COUNT,
                "window": _NAME,
            },
            "additionalProperties": False,
        },
    ],
}
_SHARES: Final = {"type": "object", "additionalProperties": _PERCENT, "minProperties": 1}
_ARM: Final = {
    "type": "object",
    "properties": {"when": _NAME, "use": {"anyOf": [_NAME, _NAMES]}},
    "required": ["use"],
    "additionalProperties": False,
}
_EXTRA: Final[Mapping[str, Json]] = {
    "then": _NAMES,
    "shadow": _SHADOW,
    "cut_back": _CUT_BACK,
    "measure": {"enum": list(MEASURES)},
    "explore": _PERCENT,
}


def _form(way: str, shape: Json) -> Json:
    keys = {way: shape, **{key: _EXTRA[key] for key in BESIDE[way]}, "route": _NAME}
    return {"type": "object", "properties": keys, "required": [way], "additionalProperties": False}


SCHEMA: Final[Json] = {
    "description": FORMS,
    "anyOf": [
        _NAME,
        _form("first", _NAME),
        _form("waterfall", _NAMES),
        _form("split", {"anyOf": [_SHARES, _NAMES]}),
        _form("by", {"type": "array", "items": _ARM, "minItems": 1}),
        _form("best", _NAMES),
    ],
}
WhoServes = Annotated[Policy, BeforeValidator(policy), WithJsonSchema(SCHEMA)]
