"""From one store to another."""

from __future__ import annotations

from obstore._api.reading import get_async
from obstore._api.writing import put_async
from obstore._core.errors import NotImplementedError, NotSupportedError
from obstore._transfer.backend import Backend


async def copy_between(source: Backend, key: str, target: Backend, target_key: str) -> None:
    """Copy an object: at the service if it can do that, else through this machine, with its attributes.

    Raises:
        FileNotFoundError: There is no such object.
    """
    if target.can_copy_from(source):
        try:
            path, target_path = source.parse_path(key), target.parse_path(target_key)
            await target.copy_from(source, path, target_path, overwrite=True)
        except (NotSupportedError, NotImplementedError):
            pass  # it is known only now: some services have buckets that do not take part
        else:
            return
    found = await get_async(source, key)
    await put_async(target, target_key, found, attributes=found.attributes)
