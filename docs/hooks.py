"""What mkdocs does while it builds the site: pages that live at the top of the repository come from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

SOURCES = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """Replace the page by its source, whose links are relative to another directory."""
    source = SOURCES.get(page.file.src_uri)
    if source is None:
        return markdown
    text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
    for name, original in SOURCES.items():
        text = text.replace(f"]({original})", f"]({name})")
    return text
