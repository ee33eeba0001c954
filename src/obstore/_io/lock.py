"""The lock that layers above may use: they do not import `threading`."""

from threading import Lock

__all__ = ["Lock"]
