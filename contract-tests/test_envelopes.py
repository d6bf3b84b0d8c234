"""Each vendor's errors are told from every other's, and from what stands between."""

from __future__ import annotations

from typing import Final

import pytest

from unshackled.adapter_registry import find
from unshackled.outbound import Answer
from unshackled.sdk.envelope import coded
from unshackled.testing.strangers import STATUSES, strange

SHELF: Final = find()
ERRORS: Final = tuple(status for status in STATUSES if status >= 400)


def refusal(name: str, status: int) -> Answer:
    """An error of a vendor's stand-in."""
    told = SHELF.stand_in(name).refusal(status)
    return Answer(provider=name, status=status, headers=told.headers, body=bytes(told.body))


@pytest.mark.parametrize("name", sorted(SHELF.modules))
def test_a_vendors_own_errors_count_and_no_others(name: str) -> None:
    """Its stand-in's errors are its own; another vendor's, a page and nothing at all are not."""
    owns = SHELF.load(name).owns
    for status in ERRORS:
        assert owns(refusal(name, status)), status
        others = [refusal(other, status) for other in SHELF.modules if other != name]
        # Backends that we made up share the plainest form.
        foreign = [one for one in others if not coded(one) and _strange_to(one)]
        foreign += [
            Answer(provider="", status=status, headers={}, body=one.body) for one in strange(b"")
        ]
        believed = [one for one in foreign if one.provider != name and owns(one)]
        assert not believed, (status, [one.provider for one in believed])


def _strange_to(answer: Answer) -> bool:
    """A challenge for a user name and password is the same whoever asks for it."""
    return "www-authenticate" not in answer.headers
