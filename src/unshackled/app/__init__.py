"""The composition root: builds every part, hands each what it needs, and starts and stops them."""

from unshackled.app.build import Service, build
from unshackled.app.components import Components, Overrides

__all__ = ["Components", "Overrides", "Service", "build"]
