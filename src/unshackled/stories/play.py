"""Plays stories one after the other, each with customers of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from unshackled.stories.case_stories import CASE_STORIES
from unshackled.stories.narrator import Narrator
from unshackled.stories.purchase_stories import PURCHASE_STORIES
from unshackled.stories.stage import stage
from unshackled.stories.story import Scene, Story
from unshackled.stories.upgrade_stories import UPGRADE_STORIES

STORIES: Final[Sequence[Story]] = (*PURCHASE_STORIES, *UPGRADE_STORIES, *CASE_STORIES)
INTRODUCTION: Final = """
Service and backends run in this process, on a clock that is moved by days. First what people do,
then the documents, and who owed and paid what to whom."""


def chosen(retailer: str | None = None, name: str | None = None) -> tuple[Story, ...]:
    """The stories of a retailer, or one by its name; raises `ValueError` where there is none."""
    names = [one.name for one in STORIES]
    if name is not None and name not in names:
        raise ValueError(f"--story: unknown {name!r}: allowed are {', '.join(names)}")
    return tuple(
        one for one in STORIES if retailer in (None, one.retailer) and name in (None, one.name)
    )


async def play_stories(
    say: Callable[[str], None], *, retailer: str | None = None, name: str | None = None
) -> None:
    """Play and tell; raises `StoryBroken` where one does not go as it is told."""
    wanted = chosen(retailer, name)
    say(INTRODUCTION)
    for story in wanted:
        async with stage() as here:
            tell = Narrator(say, here.clock.now)
            tell.title(f"{story.title}  [{story.retailer}, --story {story.name}]")
            await story.play(Scene(stage=here, tell=tell, retailer=story.retailer))
