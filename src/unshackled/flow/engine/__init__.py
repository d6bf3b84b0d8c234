"""What is decided about a checkout: pure functions of plan, snapshot, command and time."""
