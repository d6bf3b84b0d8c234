"""GET /: on to the documentation, or how to build the pages where nothing was built."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import RedirectResponse, Response

from unshackled.http.pages.page_files import page_files

NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Unshackled</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<h1>Unshackled is running</h1>
<p>The pages that customers see are not built yet. Build them in the repository, with a connection
to the npm registry, and open this page again:</p>
<pre>make web</pre>
<p>The API is here all the same: <a href="/docs">its documentation</a>.</p>
</html>
"""
POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def front_door(folder: Path) -> Response:
    """The documentation; a shop has a server of its own."""
    built = page_files(folder)
    if not built:
        headers = {"Content-Security-Policy": POLICY}
        return Response(NOT_BUILT, 200, headers, "text/html; charset=utf-8")
    return RedirectResponse("/docs", 303)
