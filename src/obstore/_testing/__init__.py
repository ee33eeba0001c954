"""The contract suite: what `obstore.testing` publishes, one topic a module."""
