"""`python -m scripts.web build | clients | check`: what `make` calls for `web/`."""

from __future__ import annotations

import sys

from scripts.web.clients import check_types, write_clients
from scripts.web.journeys import run_journeys
from scripts.web.node import NodeFailed, install_packages, run_node
from scripts.web.pages import build_pages, try_build


def journeys() -> None:
    """Every journey, or those that the other arguments name."""
    print(run_journeys(sys.argv[2:]))


def units() -> None:
    """The tests of the pages' own code."""
    install_packages()
    print(run_node(["node_modules/vitest/vitest.mjs", "run"]))


COMMANDS = {
    "build": build_pages,
    "try": try_build,
    "clients": write_clients,
    "check": check_types,
    "units": units,
    "journeys": journeys,
}


def main(arguments: list[str]) -> int:
    """Do one of them; 1 where it could not be done, with what Node or npm said."""
    command = COMMANDS.get(arguments[0] if arguments else "")
    if command is None:
        print(f"one of {', '.join(COMMANDS)} is needed")
        return 2
    try:
        command()
    except NodeFailed as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
