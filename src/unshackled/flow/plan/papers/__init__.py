"""The documents of a checkout: what they are written from, and which there are."""
