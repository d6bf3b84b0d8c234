"""Writes a new adapter: a whole one for a made-up REST backend, to be edited into the vendor's."""

from unshackled.authoring.scaffold.write import Scaffold, write

__all__ = ["Scaffold", "write"]
