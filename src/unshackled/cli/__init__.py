"""The command line: `unshackled --help`. One file per group of commands."""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command; what a user can mend is one line on standard error, never a traceback."""
    from unshackled.cli.root import run

    sys.exit(run(sys.argv[1:]))
