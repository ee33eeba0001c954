"""The lock that layers above may use, and the thread's number: they do not import `threading`."""

from threading import Lock, get_ident

__all__ = ["Lock", "get_ident"]
