"""The base of everything that the API document describes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Described(BaseModel):
    """A shape of the document; it costs nothing until it is written, or a body is checked by it."""

    model_config = ConfigDict(defer_build=True)
