"""The API and its callers, as its own tests have them."""

from tests.http.conftest import world

__all__ = ["world"]
