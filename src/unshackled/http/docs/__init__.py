"""The API documents and their pages."""
