"""What the law and the flow say of personal data: its purposes, how long it stays, its terms."""
