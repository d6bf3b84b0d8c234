"""Where a retailer receives events."""
