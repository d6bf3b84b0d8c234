"""The event log on its way out: relay, brokers, and who consumes it, off the purchase's path."""
