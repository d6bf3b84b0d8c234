"""Who calls: keys, tokens, origins."""
