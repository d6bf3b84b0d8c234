"""The flow engine: what a flow is, what it decides, and what drives it."""
