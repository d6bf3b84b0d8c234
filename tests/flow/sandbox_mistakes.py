"""What can be wrong with a provider's sandbox: code, a piece of the message, the line."""

from __future__ import annotations

LIVE = "settings: {base_url: env:U, key: env:K}"
SANDBOXES: tuple[tuple[str, str, str], ...] = tuple(
    (code, says, f"new: {{adapter: shop, {LIVE}, sandbox: {{{written}}}}} # <-")
    for code, says, written in (
        ("missing_setting", "sandbox: 'base_url' is missing", "key: env:SK"),
        ("missing_setting", "sandbox: 'key' is missing", "base_url: env:SU"),
        ("live_credentials", "sandbox: 'key' is the live one", "base_url: env:SU, key: env:K"),
        ("unknown_setting", "allowed are base_url", "base_url: env:SU, key: env:SK, colour: red"),
        ("secret_in_file", "write env:NAME", "base_url: env:SU, key: s"),
    )
)
