"""What a command says: lines for people, or JSON; errors and progress on stderr."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from typing import Any

from obstore._core.sizes import format_size
from obstore._core.types import ObjectMeta


class Output:
    """Where a command's words go. With JSON, each line of stdout is a document."""

    def __init__(self, *, is_json: bool = False, is_quiet: bool = False) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        self._bar: Any = None

    def say(self, text: str, **facts: Any) -> None:
        """Write a line: `text`, or `facts` where JSON is wanted."""
        if self.is_json:
            print(json.dumps(facts, default=_to_json), flush=not sys.stdout.isatty())
        elif not self.is_quiet:
            self._print(text)

    def show(self, text: str, **facts: Any) -> None:
        """Write a line that is the very thing that was asked for, so that `--quiet` does not hide it."""
        if self.is_json:
            self.say(text, **facts)
        else:
            self._print(text)

    def _print(self, text: str) -> None:
        print(visible(text) if sys.stdout.isatty() else text)

    def write(self, data: Any) -> None:
        """Write bytes as they are."""
        sys.stdout.buffer.write(data)

    def warn(self, text: str) -> None:
        """Write a line to stderr."""
        print(f"obstore: {visible(text)}", file=sys.stderr)

    def fail(self, error: BaseException, code: int) -> int:
        """Say what went wrong, and return the exit code."""
        if self.is_json:
            details = {name: value for name, value in vars(error).items() if not name.startswith("_")}
            document = {"error": type(error).__name__, "message": str(error), **details}
            print(json.dumps(document, default=str), file=sys.stderr)
        else:
            self.warn(str(error) or type(error).__name__)
        return code

    def progress(self, description: str) -> Any:
        """Return what shows the progress of a bulk operation: a bar on a terminal, nothing elsewhere."""
        if self.is_quiet or self.is_json or not sys.stderr.isatty():
            return None
        from obstore.cli.bars import make_bar

        self._bar = make_bar(description)
        return self._bar

    def close(self) -> None:
        """Leave the terminal as it was, and all that was written with whoever reads it."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            pass


def visible(text: str) -> str:
    """Write what a terminal would obey, such as an escape in the name of an object, as what it is."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _to_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def format_object(meta: ObjectMeta, name: str) -> str:
    """Write the long form of a line of a listing."""
    modified = meta["last_modified"].astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"{modified}  {format_size(meta['size']):>9}  {name}"
