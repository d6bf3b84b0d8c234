"""What the counts of a retailer's checkouts say."""
