"""The lock that layers above may use, and the thread's number: they do not import `threading`.

It can be taken again by the thread that has it, because the collector may run while it is held,
and what it finalizes (a body nobody read) gives its connection back to the pool.
"""

from threading import RLock as Lock
from threading import get_ident

__all__ = ["Lock", "get_ident"]
