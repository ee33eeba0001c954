"""Paths that cannot both be files: `a` and `a/b`, or, on some file systems, `a` and `A`. Pure but for the probe."""

from __future__ import annotations

import os
import sys

from obstore._core.errors import BaseError, InvalidPathError
from obstore._core.path import parse_path

_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}
_NOT_ON_WINDOWS = frozenset('<>:"\\|?*')


class Names:
    """The names that a local directory is to hold, told one by one in the order of the paths.

    Of two that cannot be there together the first one counts. Only where case makes no difference are all
    of them remembered, as numbers.
    """

    def __init__(self, *, ignores_case: bool, is_windows: bool = sys.platform == "win32") -> None:
        self._ignores_case = ignores_case
        self._is_windows = is_windows
        self._above: list[str] = []
        self._seen: dict[int, None] = {}

    def objection(self, path: str) -> BaseError | None:
        """Return why there can be no file at `path`; None if there can, which it then counts as."""
        cause = self._unfit(path) or self._collision(path)
        if cause is None:
            return None
        return InvalidPathError(
            f"{path!r} cannot be a file here: {cause}", path=path, hint="nothing was written for it"
        )

    def _unfit(self, path: str) -> str | None:
        try:
            if parse_path(path) != path:
                return "it begins or ends with a slash"
        except (InvalidPathError, UnicodeEncodeError) as error:
            return str(error)
        if self._is_windows:
            return next((cause for segment in path.split("/") if (cause := _unfit_for_windows(segment))), None)
        return None

    def _collision(self, path: str) -> str | None:
        # Whatever lies between `a` and `a/b` in the order begins with `a`: the stack is never longer than the path.
        while self._above and not path.startswith(self._above[-1]):
            self._above.pop()
        for above in self._above:
            if path.startswith(above + "/"):
                return f"{above!r} is a file"
        if self._ignores_case and (cause := self._case_collision(path)):
            return cause
        self._above.append(path)
        return None

    def _case_collision(self, path: str) -> str | None:
        number = hash(path.casefold())
        if number in self._seen:
            return "another path differs from it only in case, which makes no difference here"
        self._seen[number] = None
        return None


def _unfit_for_windows(segment: str) -> str | None:
    if segment.split(".", maxsplit=1)[0].casefold() in _RESERVED:
        return f"{segment!r} is a device on Windows"
    if segment.endswith((".", " ")):
        return f"{segment!r} ends with a dot or a space, which Windows drops"
    if found := _NOT_ON_WINDOWS.intersection(segment):
        return f"{segment!r} has {min(found)!r}, which Windows does not allow"
    return None


def ignores_case(directory: str) -> bool:
    """Tell whether the file system of a directory makes no difference between upper and lower case."""
    swapped = os.path.join(os.path.dirname(directory), os.path.basename(directory).swapcase())
    try:
        return swapped != directory and os.path.samefile(swapped, directory)
    except OSError:
        return False
