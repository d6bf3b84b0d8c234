"""How the middleware is proved: simulation, chaos, the drill. Never loaded by the service."""
