"""The same rules as in tests/, and assertions of the shipped suite told in full."""

import pytest

pytest.register_assert_rewrite("unshackled.testing.contract")

from tests.budget import budget  # noqa: E402 - after what is to be rewritten was said
from unshackled.testing.adapter_contract import AdapterContract  # noqa: E402

# Every adapter times every exchange times 294 answers: over all of them each answer comes up.
AdapterContract.one_in = budget(6, 1)
