"""Every place of personal data in a snapshot is one that erasing knows."""

from unshackled.domain.checkout import BY_STEP, Private
from unshackled.domain.records import declared

# By reference, while an undo is under way; the records of an order; what is not kept by step;
# and the same of each case run.
OTHERS = {"undos", "customer_ref", "return_url", "documents", "runs"}


def test_every_part_is_erased_by_step_or_with_the_rest() -> None:
    """Whoever adds a part says which of the two it is."""
    assert {one.name for one in declared(Private)} == {*BY_STEP, *OTHERS}
