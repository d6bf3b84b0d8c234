"""Notifications: what customers are told of events, off the path of their purchase."""
