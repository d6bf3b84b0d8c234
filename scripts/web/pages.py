"""Building the pages of `web/` into the package, once for each state of their sources."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from scripts.web.node import ROOT, WEB, NodeFailed, digest, install_packages, run_node

BUILT = ROOT / "src" / "unshackled" / "web_files"
MARK = BUILT / ".sources"
# What is in these folders is no source of a page.
APART = frozenset({"node_modules", "journeys", "generated"})
# The shop's own server goes with its page: `unshackled up` starts it from there.
SHOP_SERVER = WEB / "shop" / "server.py"
VITE = "node_modules/vite/bin/vite.js"


def sources() -> list[Path]:
    """The files that the pages are made of."""
    return [
        path
        for path in WEB.rglob("*")
        if path.is_file()
        and not APART.intersection(path.relative_to(WEB).parts)
        and not path.name.endswith((".test.ts", ".test.tsx"))
        and "__pycache__" not in path.parts
    ]


def build_pages() -> None:
    """Build, unless what is there was made of these sources; raises `NodeFailed`."""
    now = digest(sources())
    if MARK.exists() and MARK.read_text() == now:
        return
    began = time.monotonic()
    install_packages()
    run_node([VITE, "build", "--logLevel", "warn"])
    shutil.copy(SHOP_SERVER, BUILT / "shop")
    MARK.write_text(now)
    print(f"built the pages of web/ in {time.monotonic() - began:.0f} s")


def try_build() -> None:
    """Build where that can be done; the service runs without pages, and `/` says how to build."""
    try:
        build_pages()
    except NodeFailed as error:
        print(f"the pages of web/ could not be built, and are left out: {error}")
