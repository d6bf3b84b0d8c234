"""Tools for authors of adapters, flows and lenders' interfaces. Never loaded by the service."""
