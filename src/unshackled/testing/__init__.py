"""Shipped test tools: sample values, the contract every adapter keeps, the sandbox."""
