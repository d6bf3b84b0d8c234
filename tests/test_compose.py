"""The compose file fits the settings and the command line it was written for."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from unshackled.cli.root import app
from unshackled.settings import load_settings

COMPOSE = Path(__file__).parents[1] / "compose.yaml"


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


@pytest.mark.parametrize("name", ["replica-1", "replica-2", "migrate"])
def test_its_settings_are_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable exists and its value is allowed."""
    for variable, value in services()[name]["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.store.startswith("postgresql://")
    assert settings.broker.startswith("nats://")
    assert settings.demo


def test_its_commands_are_commands() -> None:
    """What it runs in our image, the image can run."""
    known = {command.callback.__name__ for command in app.registered_commands if command.callback}
    asked = {
        one["command"][1]
        for one in services().values()
        if one.get("image") == "unshackled" and "command" in one
    }
    assert asked == {"migrate", "sandbox"}
    assert asked <= known


def test_what_it_depends_on_is_in_it() -> None:
    """Names of other services, and of the volumes."""
    for one in services().values():
        assert set(one.get("depends_on", ())) <= set(services())
        assert one.get("network_mode", "service:nats").partition(":")[2] in services()


def test_images_are_pinned() -> None:
    """What is built and run is the same tomorrow: each image of others has a digest."""
    dockerfile = COMPOSE.parent / "Dockerfile"
    lines = dockerfile.read_text().splitlines()
    built = [line.split()[1] for line in lines if line.startswith("FROM ")]
    run = [one["image"] for one in services().values() if one["image"] != "unshackled"]
    assert len(built) == 2
    assert [one for one in [*built, *run] if not re.search(r"@sha256:[0-9a-f]{64}$", one)] == []
    assert not any(line.startswith("# syntax") for line in lines)
