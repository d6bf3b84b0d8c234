"""What `web/` is made with: Node from a wheel, packages by their lock, files by their digest."""
