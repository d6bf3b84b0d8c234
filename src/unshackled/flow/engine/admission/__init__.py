"""The waiting room of a checkout: when it begins, and what becomes of a turn that is not used."""
