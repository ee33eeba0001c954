"""A directory of the local file system as a store."""

from obstore._local.names import path_from_url
from obstore._local.store import LocalBackend

__all__ = ["LocalBackend", "path_from_url"]
