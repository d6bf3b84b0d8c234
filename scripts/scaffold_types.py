"""Type-check what `unshackled adapters new` writes, with every capability: `make check` calls this.

It is here and not among the tests because mypy has just read the whole tree, and remembers it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from unshackled.authoring.scaffold import write
from unshackled.ports import CAPABILITIES

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Mypy's exit code on an adapter that was just written."""
    with TemporaryDirectory() as folder:
        made = write("acme_all", sorted(CAPABILITIES), shelf=Path(folder) / "acme_many")
        command = [sys.executable, "-m", "mypy", str(made.folder.parent)]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
