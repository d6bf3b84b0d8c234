"""What can be bought, and the flows that sell it."""
