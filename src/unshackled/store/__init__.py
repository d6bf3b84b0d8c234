"""Where checkouts live: the port and its implementations."""
