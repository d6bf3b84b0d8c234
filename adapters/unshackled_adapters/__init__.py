"""The bundled shelf: each direct sub-package is one adapter, with `ADAPTER` and `Settings`."""
