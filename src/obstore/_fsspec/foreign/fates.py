"""What may become of an argument that was meant for another package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from obstore._core.errors import NotSupportedError, UnknownConfigurationKeyError


@dataclass(slots=True)
class Made:
    """What a file system and its stores are to be made with."""

    config: dict[str, Any] = field(default_factory=dict)
    client_options: dict[str, Any] = field(default_factory=dict)
    retry_config: dict[str, Any] = field(default_factory=dict)
    credential_provider: Callable[[], Any] | None = None
    file_system: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    """What every object is written with."""


class Fate(Protocol):
    """What becomes of an argument."""

    @property
    def summary(self) -> str:
        """What the documentation says of it."""

    def apply(self, name: str, value: Any, made: Made) -> None:
        """Let it happen."""


class Setting(NamedTuple):
    """It is a setting of the store. What was given before, nearer to the surface, stays."""

    setting: str

    @property
    def summary(self) -> str:
        return f"`{self.setting}`"

    def apply(self, name: str, value: Any, made: Made) -> None:
        made.config.setdefault(self.setting, value)


class Option(NamedTuple):
    """It is one of `client_options`."""

    option: str

    @property
    def summary(self) -> str:
        return f"`client_options`: `{self.option}`"

    def apply(self, name: str, value: Any, made: Made) -> None:
        made.client_options.setdefault(self.option, value)


class OfFileSystem(NamedTuple):
    """It is an argument of the file system itself."""

    argument: str

    @property
    def summary(self) -> str:
        return f"`{self.argument}`"

    def apply(self, name: str, value: Any, made: Made) -> None:
        made.file_system.setdefault(self.argument, value)


class Attribute(NamedTuple):
    """It is an attribute that every object is written with."""

    attribute: str

    @property
    def summary(self) -> str:
        return f"the attribute `{self.attribute}` of what is written"

    def apply(self, name: str, value: Any, made: Made) -> None:
        made.attributes.setdefault(self.attribute, value)


class Ignored(NamedTuple):
    """It has no meaning here."""

    reason: str

    @property
    def summary(self) -> str:
        return f"ignored: {self.reason}"

    def apply(self, name: str, value: Any, made: Made) -> None:
        pass


class Refused(NamedTuple):
    """To ignore it would be to do something else than what was asked for. Switches that are off ask for nothing."""

    remedy: str

    @property
    def summary(self) -> str:
        return f"refused: {self.remedy}"

    def apply(self, name: str, value: Any, made: Made) -> None:
        if value:
            raise NotSupportedError(f"{name} is not supported", hint=self.remedy)


class Read(NamedTuple):
    """It takes more than a sentence to say. `how` gets the name, the value, and what is to be made."""

    how: Callable[[str, Any, Made], None]
    summary: str

    def apply(self, name: str, value: Any, made: Made) -> None:
        self.how(name, value, made)


class Within(NamedTuple):
    """It is a dict of arguments, each with a fate of its own; others than these are errors."""

    table: Mapping[str, Fate]
    summary: str

    def apply(self, name: str, value: Any, made: Made) -> None:
        for key in value:
            if key not in self.table:
                raise UnknownConfigurationKeyError(
                    f"{name} has {key!r}, of which nothing is known", hint=_near(key, self)
                )
        meet(self.table, value, made, name)


def meet(table: Mapping[str, Fate], given: Mapping[str, Any], made: Made, within: str = "") -> None:
    """Let the arguments in `given` meet their fates, in the order of the table. `None` is nothing given."""
    for name, fate in table.items():
        if (value := given.get(name)) is not None:
            fate.apply(f"{within}[{name!r}]" if within else name, value, made)


def _near(key: object, where: Within) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(key), where.table, n=1)
    return f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(where.table)}"


def _go_unsigned(_: str, value: Any, made: Made) -> None:
    if value:
        made.config["skip_signature"] = True


ANONYMOUS = Read(_go_unsigned, "`skip_signature`")
"""What all of them call `anon`."""
