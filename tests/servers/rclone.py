"""`rclone serve s3`: the S3 of a file system, for what less capable servers do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.servers.environment import environment
from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until
from tests.servers.server import S3Server

DEVIATIONS: Mapping[str, str] = {
    "anonymous_status": "an anonymous request gets 400, not 403",
    "payload_hash": "a payload that does not match x-amz-content-sha256 is stored",
    "clock_skew_status": "a request of an hour ago gets 400, not 403",
    "region_mismatch": "a signature for another region is accepted",
    "checksum": "a wrong x-amz-checksum-* is accepted",
    "chunked_trailer": "a signed aws-chunked body with a trailer is stored with its framing",
    "key_count": "KeyCount is left out of an empty listing",
    "list_etag": "ETags in listings have no quotes",
    "range_checksum": "a 206 carries the checksum of the whole object",
    "conditional_get": "conditions of GET and HEAD are ignored",
    "conditional_delete": "If-Match of DELETE is ignored",
    "put_create": "If-None-Match of PUT is ignored",
    "put_if_match": "If-Match of PUT is ignored",
    "copy": "conditions and metadata directives of CopyObject are not followed",
    "copy_create": "If-None-Match on the destination of a copy is ignored",
    "multipart_create": "If-None-Match of CompleteMultipartUpload is ignored",
    "multipart_metadata": "an upload in parts gains an x-amz-meta of the server's own",
    "entity_too_small": "an upload with small parts is completed",
    "upload_part_copy": "UploadPartCopy is not understood",
    "part_number": "GET of one part is not understood",
    "delete_objects_quiet": "DeleteObjects ignores Quiet",
    "delete_objects_digest": "DeleteObjects needs neither Content-MD5 nor a checksum",
    "user_metadata": "metadata keys come back capitalised, with an mtime added",
    "tagging": "object tagging is not implemented",
    "object_attributes": "GetObjectAttributes is not implemented",
    "versioning": "versioning is not implemented",
    "odd_keys": "keys are paths of files: a and a/b exclude each other, // and .. are folded",
    "virtual_host": "the bucket must be in the path",
}

_KEY = ("rclonekey", "rclonesecret")


@contextmanager
def rclone(directory: Path) -> Iterator[S3Server]:
    """Run `rclone serve s3` over an empty directory."""
    program = environment("rclone") / "rclone"
    with on_free_ports(1, partial(_serve, program, directory)) as server:
        yield server


@contextmanager
def _serve(program: Path, directory: Path, ports: list[int]) -> Iterator[S3Server]:
    [port] = ports
    data = directory / "data"
    data.mkdir(exist_ok=True)
    # The default cache of directories stays on: with --dir-cache-time 0s listings are quadratic.
    options = ["--config", "/dev/null", "--addr", f"{LOOPBACK}:{port}", "--auth-key", ",".join(_KEY)]
    with running("rclone", [program, "serve", "s3", *options, data], directory) as process:
        wait_until(lambda: answers(port, "/"), process)
        yield S3Server("rclone", f"http://{LOOPBACK}:{port}", *_KEY, DEVIATIONS)
