"""Customers of the demo, from the first click to long after the sale, on a clock that is moved."""
