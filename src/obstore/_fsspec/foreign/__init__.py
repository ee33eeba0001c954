"""The arguments of s3fs, gcsfs and adlfs, said in the words of our stores.

Who registers our file systems has programs that were written for those. There is a table
for each, with the fate of every argument that its constructor has: a setting of ours
under another name, ignored for a reason, or refused with a remedy. What is in none of the
tables is left as it is: a setting of ours, or an error when a store is first made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from obstore._core.errors import GenericError
from obstore._fsspec.foreign import azure, gcs, s3, web
from obstore._fsspec.foreign.fates import Attribute, Fate, Ignored, Made, meet

TABLES: Mapping[str, Mapping[str, Fate]] = {
    "s3": s3.ARGUMENTS,
    "gcs": gcs.ARGUMENTS,
    "azure": azure.ARGUMENTS,
    "http": web.ARGUMENTS,
    "local": {"auto_mkdir": Ignored("directories are always made")},
}
"""By kind of store, what becomes of the arguments of the package that its users come from."""

WRITING: Mapping[str, Fate] = {**s3.WRITING, "content_type": Attribute("Content-Type"), "metadata": s3.METADATA}
"""What `open`, `pipe` and `put` of these packages take to describe an object."""


def translate(family: str, options: Mapping[str, Any]) -> Made:
    """Turn keyword arguments of any of these packages into those of a store.

    >>> translate("s3", {"anon": True, "cache_regions": True}).config
    {'skip_signature': True}

    Args:
        family: Which store: `"s3"`, `"gcs"`, `"azure"`, or another one.
        options: The arguments.

    Raises:
        NotSupportedError: An argument asks for what is not done here; the message has the remedy.
        GenericError: A setting is given in two words.
    """
    made = Made()
    table = TABLES.get(family, {})
    meet(table, options, made)
    for name, value in options.items():
        if name in table:
            continue
        if name in made.config:
            raise GenericError(f"Duplicate key {name} provided", hint="it is there by the name of another package too")
        if value is not None:
            made.config[name] = value
    return made


def foreign_attributes(options: Mapping[str, Any]) -> dict[str, str]:
    """Return what the arguments of a write say of the object, in the words of s3fs, gcsfs or adlfs.

    >>> foreign_attributes({"ContentType": "text/plain", "metadata": {"colour": "red"}})
    {'Content-Type': 'text/plain', 'colour': 'red'}
    """
    made = Made()
    meet(WRITING, options, made)
    return made.attributes
