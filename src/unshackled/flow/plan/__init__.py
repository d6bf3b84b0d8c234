"""From a file to a plan that is proved."""
