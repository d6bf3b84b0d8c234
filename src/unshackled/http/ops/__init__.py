"""What needs a person, what that person does about it, and who did what."""
