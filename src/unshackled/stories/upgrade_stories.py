"""An upgrade in month 12, its device worth less than was said; and one that never comes back."""

from __future__ import annotations

from typing import Final

from unshackled.stories.story import Story

UPGRADES: Final[tuple[Story, ...]] = ()
