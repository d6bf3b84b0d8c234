"""Inbound HTTP: one file per resource, one layer of middleware, one table of problems."""
