"""One file for each revision; one that was released never changes."""
