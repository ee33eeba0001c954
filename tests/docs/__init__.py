"""The documentation, executed: what a reader can copy has been run."""
