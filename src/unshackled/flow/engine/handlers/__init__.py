"""One module for each kind of sender of a command."""
