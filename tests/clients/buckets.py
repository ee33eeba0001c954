"""Buckets on the real server."""

from uuid import uuid4

from obstore.store import S3Store
from tests.servers import S3Server
from tests.servers.boto import client


def make_bucket(server: S3Server) -> str:
    """Make an empty bucket, and return its name."""
    name = f"b{uuid4().hex}"
    with client("s3", server.endpoint, (server.access_key_id, server.secret_access_key)) as s3:
        s3.create_bucket(Bucket=name)
    return name


def settings_of(server: S3Server) -> dict[str, object]:
    """Return the arguments with which a store, or a file system, reaches the server."""
    return {
        "endpoint": server.endpoint,
        "region": "us-east-1",
        "access_key_id": server.access_key_id,
        "secret_access_key": server.secret_access_key,
        "client_options": {"allow_http": True},
    }


def bucket_on(server: S3Server) -> S3Store:
    """Make an empty bucket, and a store of it."""
    return S3Store(make_bucket(server), **settings_of(server))  # type: ignore[arg-type]
