"""What runs decisions: tasks, calls to providers, caches, timers."""
