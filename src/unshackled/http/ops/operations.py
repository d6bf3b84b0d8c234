"""/ops: what needs a person, what that person does about it, and who did what.

Every action goes one way: it is written into the audit log, perhaps kept for a second person,
decided by the engine like any other command, and its outcome is written down. See `execution`.
"""

from __future__ import annotations

from fastapi import FastAPI

from unshackled.http.context import ApiContext
from unshackled.http.ops import (
    actions,
    bulk,
    letters,
    lists,
    personal_data,
    room_lists,
    seconds,
    view,
)
from unshackled.http.ops import audit as trail
from unshackled.http.ops import routing as routes
from unshackled.http.pages import ops_page


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    for part in (
        personal_data,
        lists,
        view,
        actions,
        bulk,
        letters,
        routes,
        room_lists,
        seconds,
        trail,
        ops_page,
    ):
        part.install(app, context)
