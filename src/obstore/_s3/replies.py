"""S3's replies: from XML to values. Pure."""

from __future__ import annotations

from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._core.xml import find_all, find_text, parse_xml


class DeleteError(NamedTuple):
    """A key that DeleteObjects did not delete, and why."""

    key: str
    code: str
    message: str


def read_delete_errors(body: Buffer) -> list[DeleteError]:
    """Return the failures that a reply to DeleteObjects lists. A reply without children is a success."""
    if not len(body):
        return []
    try:
        root = parse_xml(body)
    except ValueError as error:
        raise GenericError(f"Generic S3 error: the reply is not XML: {error}") from error
    return [
        DeleteError(*(find_text(element, name) or "" for name in ("Key", "Code", "Message")))
        for element in find_all(root, "Error")
    ]
