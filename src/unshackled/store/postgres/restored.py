"""A database that was restored from a dump on another server, and its place in the feed.

The feed goes by transaction ids, and each server counts its own. Brought to a server that has not
come as far, events would wait for a long time, and new ones would be written behind the cursors. So
a replica refuses to start, and `unshackled migrate` gives what is there the first place of all, in
the order in which it was written; cursors move to the oldest event that they have not passed.
What a follower has seen of several writers at once it may see again: at least once, as ever.
"""

from __future__ import annotations

from typing import Final

# Nothing that can be seen was written by a transaction that is still to come.
AHEAD: Final = """
    SELECT coalesce(
        (SELECT tx >= pg_snapshot_xmax(pg_current_snapshot()) FROM events ORDER BY tx DESC LIMIT 1),
        false
    )
"""
CURSORS: Final = r"""
    UPDATE cursors SET place = '1-' || coalesce(
        (
            SELECT min(seq) - 1 FROM events
            WHERE (tx, seq) > (split_part(place, '-', 1)::xid8, split_part(place, '-', 2)::bigint)
        ),
        (SELECT max(seq) FROM events)
    )
    WHERE place ~ '^\d+-\d+$'
"""
EVENTS: Final = "UPDATE events SET tx = '1'"  # the ids of transactions begin at 3
REPAIR: Final = (CURSORS, EVENTS)
