"""The ledger of a checkout, from its snapshot and what its plans know of each step."""
