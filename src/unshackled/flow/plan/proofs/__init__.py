"""What must hold of every flow before it may run."""
