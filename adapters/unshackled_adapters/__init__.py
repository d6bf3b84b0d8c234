"""The bundled shelf: each direct sub-package is one adapter and exports `ADAPTER` and `Settings`."""
