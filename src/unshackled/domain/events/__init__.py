"""What can happen to a checkout: one class for each type, registered by being in this package."""
