"""Unshackled: one checkout API over old and new backends."""

__version__ = "0.1.0"
