"""`unshackled encryption …`: the keys that seal what is stored. API keys are `unshackled keys`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True)


@app.command("make-key")
def make_key() -> None:
    """Print a new master key, this once: UNSHACKLED_MASTER_KEY takes it."""
    from unshackled.encryption.master_keys import new_master_key

    typer.echo(new_master_key())
