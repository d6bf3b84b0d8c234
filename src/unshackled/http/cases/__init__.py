"""Cases: what happens to a completed checkout afterwards."""
