"""Made-up customers have devices of their own."""

from unshackled.domain.validation import is_imei
from unshackled.testing.made_up_devices import imei_of


def test_each_number_has_a_valid_device_of_its_own() -> None:
    """Fifteen digits with their check digit; two customers never have the same."""
    numbers = [*range(200), 999_999]
    found = [imei_of(number) for number in numbers]
    assert all(map(is_imei, found))
    assert len(set(found)) == len(numbers)
