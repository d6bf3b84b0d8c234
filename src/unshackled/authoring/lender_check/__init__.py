"""The lender protocol: its wire, its OpenAPI document, and a check that a lender can run."""
