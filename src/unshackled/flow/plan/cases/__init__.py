"""Flows of cases: what happens to a sale afterwards, planned from what the sale gave."""
