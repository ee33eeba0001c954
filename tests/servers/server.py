"""The value that describes a running S3 server."""

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.boto import client


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where a server is and the key it accepts.

    `deviations` says in which behaviours the server is known to differ from AWS, and
    how: tests look their behaviour up there by name before they blame the library.
    """

    name: str
    endpoint: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    deviations: Mapping[str, str] = field(repr=False)
    region: str = "us-east-1"
    ca_file: Path | None = None
    vendor: str | None = None
    """Whose rules the server wants, if it is known for any."""

    def client(self) -> AbstractContextManager[Any]:
        """A boto3 S3 client with the server's key."""
        return self._client((self.access_key_id, self.secret_access_key))

    def impostor(self) -> AbstractContextManager[Any]:
        """A boto3 S3 client with the server's key id and another secret."""
        return self._client((self.access_key_id, "not" + self.secret_access_key))

    def stranger(self) -> AbstractContextManager[Any]:
        """A boto3 S3 client that does not sign."""
        return self._client(None)

    def make_bucket(self) -> str:
        """Create an empty bucket and return its name."""
        # Not from the random module: its seed is the same for every test.
        bucket = f"test-{uuid.uuid4().hex}"
        with self.client() as s3:
            s3.create_bucket(Bucket=bucket)
        return bucket

    def options(self) -> dict[str, Any]:
        """The keyword arguments that make `S3Store(bucket, ...)` talk to this server.

        With TLS the caller adds its own idea of how `ca_file` comes to be trusted.
        """
        return {
            "endpoint": self.endpoint,
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "region": self.region,
            "client_options": {} if self.ca_file else {"allow_http": True},
            **({"vendor": self.vendor} if self.vendor else {}),
        }

    def _client(self, key: tuple[str, str] | None) -> AbstractContextManager[Any]:
        return client("s3", self.endpoint, key, region=self.region, ca_file=self.ca_file)
