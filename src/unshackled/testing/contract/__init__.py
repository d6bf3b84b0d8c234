"""The parts of the suite that `unshackled.testing.adapter_contract` puts together."""
