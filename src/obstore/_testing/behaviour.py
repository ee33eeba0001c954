"""The table of behaviours: what each pins, what a store must be able to do for it to apply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView

Capability: TypeAlias = Literal[
    "attributes",  # attributes are kept, and refused by a store that lacks this
    "conditional get",  # the conditions of `get` are honoured, those on dates too
    "conditional put",  # `put(mode={"e_tag": ...})`
    "create",  # `put(mode="create")`
    "dot segments",  # `.` and `..` are segments like others, in a `Key`
    "exclusive copy",  # `copy(overwrite=False)` and `rename(overwrite=False)`
    "flat namespace",  # an object may be called what a directory is called, and `x#1`
    "lenient delete",  # deleting what is not there succeeds; without this it raises
    "odd keys",  # any UTF-8 text without dot segments is a key, if it is given as a `Key`
    "mixed colours",  # a result may be read in the other colour than the one it was got in
    "multipart",  # an object may be put in several parts
    "sign",  # signed URLs
    "sorted",  # a listing is in the order of the paths' UTF-8 bytes
    "suffix ranges",  # the last n bytes may be asked for
    "versions",  # overwritten versions stay readable
]
"""A thing that a store can do, or cannot. The guide "Testing" has what each means."""

EVERYTHING: frozenset[Capability] = frozenset(get_args(Capability))
"""All capabilities."""
USUAL: frozenset[Capability] = EVERYTHING - {"dot segments", "odd keys", "sign", "versions"}
"""What `MemoryStore` can do."""

Body: TypeAlias = Callable[[StoreView], Coroutine[Any, Any, None]]


class StaleDeviationError(AssertionError):
    """A behaviour holds although it is listed as a deviation: the entry should go.

    >>> from obstore.store import MemoryStore
    >>> from obstore.testing import USUAL, behaviours
    >>> behaviour = next(each for each in behaviours() if each.applies(USUAL))
    >>> try:
    ...     behaviour.verify(MemoryStore(), "sync", {behaviour.name: "it was said to do otherwise"})
    ... except StaleDeviationError as error:
    ...     "remove its deviation" in str(error)
    True
    """


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that a store does, checked by `body`.

    `group` is the chapter it belongs to. It applies to a store that has all of `needs`
    and none of `lacks`. The outcome of a `chance` one depends on timing: it may hold by
    luck on a store that does not guarantee it.

    >>> from obstore.store import MemoryStore
    >>> from obstore.testing import USUAL, behaviours
    >>> behaviour = next(each for each in behaviours() if each.applies(USUAL))
    >>> behaviour.run(MemoryStore(), "sync")
    >>> behaviour.verify(MemoryStore(), "async", deviations={}) is None
    True
    """

    name: str
    group: str
    summary: str
    needs: frozenset[Capability]
    lacks: frozenset[Capability]
    chance: bool
    body: Body

    def __str__(self) -> str:
        return self.name

    def applies(self, capabilities: Collection[str]) -> bool:
        """Tell whether a store of these capabilities must behave so."""
        return self.needs.issubset(capabilities) and self.lacks.isdisjoint(capabilities)

    def run(self, store: Any, colour: Colour) -> None:
        """Check the behaviour on `store`, which is emptied before and after.

        Raises:
            AssertionError: The store does otherwise. So does any error that it raises
                where none is due.
        """
        if not __debug__:
            raise RuntimeError("behaviours are made of assert statements: run Python without -O")
        view = StoreView(store, colour)
        try:
            drive(colour, self._from_empty(view))
        finally:
            drive(colour, view.wipe())

    async def _from_empty(self, view: StoreView) -> None:
        for _ in range(10):  # The listings of some services lag behind.
            await view.wipe()
            if not await view.paths():
                break
        assert await view.paths() == [], "the store could not be emptied"
        await self.body(view)

    def verify(self, store: Any, colour: Colour, deviations: Mapping[str, str]) -> str | None:
        """Check the behaviour, or that the store deviates from it as stated.

        Returns:
            The reason that `deviations` gives under the behaviour's name, or under
            `name[colour]`, when the store does deviate; None when it behaves.

        Raises:
            StaleDeviationError: A deviation is listed, but the behaviour holds.
        """
        reason = deviations.get(f"{self.name}[{colour}]", deviations.get(self.name))
        if reason is None or self.chance:
            return self._run_or_excuse(store, colour, reason)
        if self._run_or_excuse(store, colour, reason) is None:
            raise StaleDeviationError(f"{self.name} holds: remove its deviation {reason!r}")
        return reason

    def _run_or_excuse(self, store: Any, colour: Colour, reason: str | None) -> str | None:
        try:
            self.run(store, colour)
        except Exception:
            if reason is None:
                raise
            return reason
        return None


_table: dict[str, Behaviour] = {}


def behaviour(
    group: str,
    *,
    needs: Collection[Capability] = (),
    lacks: Collection[Capability] = (),
    chance: bool = False,
) -> Callable[[Body], Body]:
    """Register the body of a behaviour under its own name."""

    def register(body: Body) -> Body:
        name = body.__name__
        summary = (body.__doc__ or "").strip()
        assert name not in _table, f"two behaviours are called {name}"
        _table[name] = Behaviour(name, group, summary, frozenset(needs), frozenset(lacks), chance, body)
        return body

    return register


def registered() -> list[Behaviour]:
    """Return all behaviours, in the order of their definition."""
    return [*_table.values()]
