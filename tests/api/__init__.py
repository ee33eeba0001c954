"""The public surface, over stores that need no network."""
