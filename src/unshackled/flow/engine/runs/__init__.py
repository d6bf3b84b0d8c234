"""What happens to a checkout after the sale: cases, each a run of a flow of its own."""
