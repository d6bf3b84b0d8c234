"""The documents of a checkout: what is kept of them, and which there are."""
