"""Directory indexes: the pages that nginx, Apache, Python's `http.server` and others make of a directory.

There is no standard for them. What they share is a link to each child, relative to the
page, with a slash at the end where it is a directory. Sizes and dates are rounded or missing, so they
are not taken from here. Pure.
"""

from __future__ import annotations

import re

from obstore._core.errors import GenericError
from obstore._core.path import join_path, strip_prefix
from obstore._core.types import Buffer
from obstore._webdav.multistatus import Entry, path_of

_LOOKS_LIKE_HTML = re.compile(rb"<\s*(!doctype\s+html|html|head|body|a\s)", re.IGNORECASE)


def read_index(body: Buffer, url: str, directory: str) -> list[Entry]:
    """Return the files and directories that a page links to and that lie directly below it.

    Args:
        body: The page.
        url: Where it was found, with a slash at the end.
        directory: The store's path of the directory.

    Raises:
        GenericError: It is not a page.
    """
    text = bytes(body)
    if not _LOOKS_LIKE_HTML.search(text[:65536]):
        raise GenericError(f"Generic HTTP error: {url} is not an index of a directory", store="HTTP")
    children: dict[str, bool] = {}
    for href in _links(text.decode("utf-8", "replace")):
        child = _child(href, url)
        if child is not None:
            name, is_directory = child
            children[name] = children.get(name, False) or is_directory
    return [Entry(join_path(directory, name), is_directory) for name, is_directory in children.items()]


def _links(text: str) -> list[str]:
    from html.parser import HTMLParser

    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "a":
                found.extend(value for name, value in attrs if name == "href" and value)

    parser = Links(convert_charrefs=True)
    parser.feed(text)
    parser.close()
    return found


def _child(href: str, url: str) -> tuple[str, bool] | None:
    """Return the name that a link to a child has, and whether it is a directory; None for other links."""
    from urllib.parse import urljoin, urlsplit

    if href.startswith(("?", "#")):
        return None  # Orders of the table, places on the page.
    target = urljoin(url, href).partition("#")[0].partition("?")[0]
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        return None
    name = strip_prefix(path_of(url), path_of(target))
    if not name or "/" in name or name in (".", ".."):
        return None
    return name, target.endswith("/")
