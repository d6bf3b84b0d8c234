"""The pages that customers see: their files, what they may load, and how a retailer's look."""
