"""Builds the pages of `web/` before a wheel or a source archive is packed, not to edit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface[Any]):
    """Unless they are there already, made of these sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises `NodeFailed` where they cannot be built: no wheel is without its pages."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root)))
        from scripts.web.pages import build_pages  # noqa: PLC0415 - found by the line before

        build_pages()
