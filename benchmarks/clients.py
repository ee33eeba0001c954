"""Other clients of S3: how each is set up, and how it reads, writes and lists.

Set up as their documentation says, and told to leave out checksums that the others do not compute.
Imported in the functions: each is in an environment of its own.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from typing import Any

from benchmarks.content import KIB, data
from benchmarks.drive import Store
from benchmarks.site import Site

KEYS = {"region": "us-east-1", "id": "AKIDEXAMPLE", "secret": "secret"}
LISTED = "keys10000"
NO_CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}

NUMBERS = itertools.count()

Fetch = Callable[[Store], Any]


def boto3_client(site: Site) -> Store:
    import boto3
    from botocore.config import Config

    config = Config(s3={"addressing_style": "path"}, **NO_CHECKSUMS)
    return boto3.client(
        "s3",
        endpoint_url=site.plain,
        region_name=KEYS["region"],
        aws_access_key_id=KEYS["id"],
        aws_secret_access_key=KEYS["secret"],
        config=config,
    )


def s3fs_file_system(site: Site, **options: Any) -> Store:
    import s3fs

    return s3fs.S3FileSystem(
        key=KEYS["id"],
        secret=KEYS["secret"],
        endpoint_url=site.plain,
        client_kwargs={"region_name": KEYS["region"]},
        # A connection for each task; there would be ten.
        config_kwargs={**NO_CHECKSUMS, "max_pool_connections": 64},
        use_listings_cache=False,
        skip_instance_cache=True,
        **options,
    )


def s3fs_async(site: Site) -> Store:
    keep_quiet()
    return s3fs_file_system(site, asynchronous=True)


def opendal_operator(site: Site, kind: str = "Operator", bucket: str = "bkt") -> Store:
    import opendal

    keys = {"access_key_id": KEYS["id"], "secret_access_key": KEYS["secret"], "region": KEYS["region"]}
    return getattr(opendal, kind)("s3", bucket=bucket, endpoint=site.plain, **keys)


def opendal_async(site: Site) -> Store:
    return opendal_operator(site, "AsyncOperator")


def opendal_listing(site: Site) -> Store:
    return opendal_operator(site, bucket=LISTED)


def pyarrow_file_system(site: Site) -> Store:
    from pyarrow.fs import S3FileSystem

    # It has no argument for this.
    os.environ.update({f"AWS_{name.upper()}": value for name, value in NO_CHECKSUMS.items()})
    return S3FileSystem(
        access_key=KEYS["id"],
        secret_key=KEYS["secret"],
        region=KEYS["region"],
        scheme="http",
        endpoint_override=site.plain.removeprefix("http://"),
    )


def keep_quiet() -> None:
    """Let asyncio not tell that sessions are left open: as in a service, they last as long as the process."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


class AiohttpSession:
    """A session begins on the loop that it is used on, and that runs only later. It signs nothing."""

    def __init__(self, site: Site) -> None:
        keep_quiet()
        self.base = f"{site.plain}/bkt/"
        self.session: Any = None

    async def fetch(self, key: str) -> bytes:
        import aiohttp

        if self.session is None:
            self.session = aiohttp.ClientSession()
        async with self.session.get(self.base + key) as response:
            body: bytes = await response.read()
            return body


def get_boto3(key: str) -> Fetch:
    return lambda client: client.get_object(Bucket="bkt", Key=key)["Body"].read()


def get_s3fs(key: str) -> Fetch:
    return lambda fs: fs.cat_file(f"bkt/{key}")


def get_s3fs_async(key: str) -> Fetch:
    return lambda fs: fs._cat_file(f"bkt/{key}")


def get_opendal(key: str) -> Fetch:
    return lambda operator: operator.read(key)


def get_pyarrow(key: str) -> Fetch:
    def fetch(fs: Store) -> Any:
        with fs.open_input_stream(f"bkt/{key}") as stream:
            return stream.read()

    return fetch


def get_aiohttp(key: str) -> Fetch:
    return lambda session: session.fetch(key)


def put_boto3(client: Store) -> None:
    client.put_object(Bucket="bkt", Key="put/k1", Body=data(KIB))


def put_s3fs(fs: Store) -> None:
    fs.pipe_file("bkt/put/k1", data(KIB))


def put_opendal(operator: Store) -> None:
    # A new name each time: nginx answers 204 where it replaces a file, which it takes for a failure.
    operator.write(f"put/k1-{next(NUMBERS)}", data(KIB))


def put_pyarrow(fs: Store) -> None:
    with fs.open_output_stream("bkt/put/k1") as stream:
        stream.write(data(KIB))


def list_boto3(client: Store) -> int:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=LISTED)
    return sum(len(page["Contents"]) for page in pages)


def list_s3fs(fs: Store) -> int:
    return len(fs.find(LISTED))


def list_opendal(operator: Store) -> int:
    return sum(1 for _ in operator.list("", recursive=True))


def list_pyarrow(fs: Store) -> int:
    from pyarrow.fs import FileSelector, FileType

    found = fs.get_file_info(FileSelector(LISTED, recursive=True))
    return sum(1 for info in found if info.type == FileType.File)
