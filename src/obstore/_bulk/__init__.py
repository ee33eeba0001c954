"""Bulk operations: whole objects to and from files, whole trees between stores, and surveys of them."""
