"""What is known of one kind of error."""

from __future__ import annotations

from unshackled.domain.records import Record


class ProblemType(Record, kw_only=False):
    """One kind of error: its code in our vocabulary, its status, its title and what to do."""

    code: str
    status: int
    title: str
    help: str

    @property
    def slug(self) -> str:
        """The last part of its address, e.g. `credit-already-decided`."""
        return self.code.replace("_", "-")

    @property
    def uri(self) -> str:
        """Its `type`: a path that the server documents."""
        return f"/problems/{self.slug}"
