"""Upgrades: whether one is open, and what it comes to."""
