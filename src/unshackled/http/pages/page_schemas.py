"""What the appearance of a retailer's pages looks like as JSON."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from unshackled.http.described import Described


class PageLink(Described):
    """A link at the foot of a page."""

    label: str
    href: str


class Appearance(Described):
    """How a retailer's pages look, and what they say besides."""

    retailer: str
    name: str = Field(description="The name that customers read.")
    stylesheet: str = Field(description="The theme as custom properties of CSS.")
    logo: str | None = Field(description="Its picture (SVG); null where there is none.")
    welcome: str | None = Field(description="A sentence above the first form.")
    thanks: str | None = Field(description="A sentence on the page of the order.")
    phone: str | None = Field(description="Where customers call.")
    email: str | None = Field(description="Where customers write.")
    links: list[PageLink]
    origins: list[str] = Field(
        description="Whose pages may embed its checkout: messages go to these alone."
    )


PAGE_ANSWERS: Final[tuple[type[Described], ...]] = (Appearance, PageLink)
