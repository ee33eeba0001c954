"""Real object-storage servers, for the tests to talk to.

Each is a context manager that installs the server on first use, runs it on a free port
of the loopback interface and yields an `S3Server`.
"""

from tests.servers.ministack import Certificate, ministack
from tests.servers.process import ServerUnavailableError
from tests.servers.rclone import rclone
from tests.servers.server import S3Server
from tests.servers.swift import swift

__all__ = ["Certificate", "S3Server", "ServerUnavailableError", "ministack", "rclone", "swift"]
