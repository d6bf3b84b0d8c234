"""`python -m unshackled` is the command line."""

from __future__ import annotations

from unshackled.cli import main

main()
