"""The differences that are meant. One that no longer occurs has to go from this table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Known:
    """Differences that a pattern describes, in scenarios whose names these globs match; each must have one."""

    name: str
    scenarios: tuple[str, ...]
    pattern: str
    reason: str

    def matches(self, scenario: str, line: str) -> bool:
        return re.search(self.pattern, line) is not None and any(fnmatchcase(scenario, glob) for glob in self.scenarios)

    def stale(self, found: Mapping[str, Sequence[str]]) -> list[str]:
        """Return the globs without a difference among those found in each scenario."""
        seen = [name for name, lines in found.items() if any(self.matches(name, line) for line in lines)]
        return [glob for glob in self.scenarios if not any(fnmatchcase(name, glob) for name in seen)]


KNOWN = (
    Known("user-agent", ("*",), r": header user-agent: object_store/0\.14\.2 -> obstore-python/", "It says who asks."),
    Known("accept", ("*",), r": header accept: \*/\* -> \(absent\)$", "It is what no header means (RFC 9110, 12.5.1)."),
    Known(
        "empty-get",
        ("azure-*",),
        r"^(GET|HEAD) .*: header content-length: 0 -> \(absent\)$",
        "A request without content needs no length (RFC 9110, 8.6).",
    ),
    Known(
        "empty-put",
        ("s3-*",),
        r"^PUT .*: header content-length: \(absent\) -> 0$",
        "A method that may have content should have a length (RFC 9110, 8.6); some proxies answer 411.",
    ),
    Known(
        "path-spelling",
        ("azure-key-[2678]", "http-key-[2678]"),
        r"^\w+ /.*: path: /\S+ -> /\S+$|: header (destination|x-ms-copy-source): ",
        "All but the unreserved characters are escaped, on every service alike (RFC 3986, 2.3).",
    ),
    Known(
        "path-spelling-in-batch",
        ("azure-key-[2678]",),
        r"^POST /cont\?comp=batch.*: body: ",
        "The same, in the lines of a batch.",
    ),
    Known(
        "path-spelling-in-url",
        ("azure-sign-odd", "gcs-sign-odd"),
        r'^step 0: "\S*/a\+b.* -> "\S*/a%2Bb%3Fc%23d%25e\?',
        "The same, in a signed URL. F7: for Google, the compiled package does not escape ?, # and % either.",
    ),
    Known(
        "virtual-style-at-an-address",
        ("s3-virtual",),
        r"^only compiled: \w+ /|^only ours: \w+ /bkt[/?]",
        "No bucket can stand before an IP address; the compiled package takes any endpoint for the bucket's own.",
    ),
    Known(
        "list-again-encoded",
        ("s3-list-broken", "gcs-list-broken"),
        r'^only ours: GET .*\?encoding-type=url&list-type=2$|^step 0: raises GenericError -> \["k0", ',
        "Keys that XML cannot carry make a page that cannot be read: it is asked for once more, percent-encoded.",
    ),
    Known(
        "complete-namespace",
        ("s3-*",),
        r"^POST .*\?uploadId=.*: body: '<CompleteMultipartUpload><Part>.* -> '<CompleteMultipartUpload xmlns=",
        "The reference gives the document this namespace, and Ceph insists on it in places.",
    ),
    Known(
        "complete-content-type",
        ("s3-*",),
        r"^POST .*\?uploadId=.*: header content-type: \(absent\) -> application/xml$",
        "It is XML; what says nothing is taken for a form by some servers.",
    ),
    Known(
        "complete-signs-condition",
        ("s3-copy-multipart*",),
        r"^POST .*: header authorization: .*unsigned: if-none-match, .* -> .*unsigned: none, ",
        "F14: the compiled package adds the condition after signing.",
    ),
    Known(
        "list-signs-defaults",
        ("s3-default-headers",),
        r"^GET .*list-type=2.*: header authorization: .*unsigned: x-amz-meta-team x-other, .* -> .*unsigned: none, ",
        "F13: AWS refuses unsigned headers that begin with x-amz-.",
    ),
    Known(
        "part-copy-source-key",
        ("s3-copy-multipart-sse-c",),
        r"^PUT .*: header x-amz-copy-source-server-side-encryption-customer-\S+: \(absent\) -> ",
        "The source is encrypted with the customer's key as well, and cannot be read without it.",
    ),
    Known(
        "copy-in-parts",
        ("s3-copy-multipart*",),
        r"^only ours: (HEAD /bkt/a b|GET /bkt/a b\?tagging=)$|^POST .*\?uploads=: header content-type: \(absent\) -> ",
        "An upload begins with nothing: the attributes and tags of the source are asked for, and given to it.",
    ),
    Known(
        "copy-in-parts-pins",
        ("s3-copy-multipart*",),
        r'^PUT .*: header x-amz-copy-source-if-match: \(absent\) -> "e1"$',
        "A source that changes while it is copied is an error, not a mixture.",
    ),
    Known(
        "complete-customer-key",
        ("s3-sse-c", "s3-copy-multipart-sse-c"),
        r"^POST .*\?uploadId=.*: header x-amz-server-side-encryption-customer-\S+: \(absent\) -> ",
        "Uploads with checksums, and buckets whose policy wants the key, want it at the end as well.",
    ),
    Known(
        "checksum-mode",
        ("s3-*",),
        r"^GET .*: header x-amz-checksum-mode: \(absent\) -> ENABLED$",
        "What is read is compared with the checksum that the service has, if it is asked for.",
    ),
    Known(
        "delete-one",
        ("s3-delete-one", "s3-delete-4*", "s3-delete-500", "s3-rename"),
        r"^only compiled: POST /bkt\?delete=|^only ours: DELETE /bkt/",
        "C-l: one key is deleted by a plain request, which servers without bulk deletion know as well.",
    ),
    Known(
        "delete-denied",
        ("s3-delete-denied",),
        r"^step 0: raises GenericError -> raises PermissionDeniedError$",
        "What is refused is refused, for one key of many as for one alone.",
    ),
    Known(
        "reader-pins",
        ("s3-reader",),
        r'^GET .*: header if-match: \(absent\) -> "e1"$',
        "A file that changes while it is read is an error, not a mixture.",
    ),
    Known(
        "get-conflict",
        ("s3-get-409", "gcs-get-409", "azure-get-409", "azure-copy-409", "http-get-409"),
        r"^step 0: raises AlreadyExistsError -> raises GenericError$",
        "C-e: neither reading nor replacing can fail because something exists.",
    ),
    Known(
        "not-found",
        ("s3-*-404", "gcs-*-404", "azure-*-404", "http-*-404"),
        r"^step \d: raises FileNotFoundError -> raises NotFoundError$",
        "NotFoundError is a FileNotFoundError.",
    ),
    Known(
        "not-implemented-is-final",
        ("s3-get-501", "gcs-get-501", "azure-get-501", "http-get-501"),
        r"^only compiled: GET /(\S+/)?k$|^step 0: \{.* -> raises NotSupportedError$",
        "501 says that the server does not know the request; it will not know it in a moment either.",
    ),
    Known(
        "list-errors",
        ("s3-list-40[34]", "gcs-list-40[34]", "azure-list-40[34]"),
        r"^step 0: raises GenericError -> raises (PermissionDeniedError|NotFoundError)$",
        "F22: what is refused is refused, and what is missing is missing, in listings as well.",
    ),
    Known(
        "list-odd-keys",
        ("s3-list-marker", "s3-list-odd-*"),
        r'^step 0: (\["p", |\["x", |raises InvalidPathError).* -> \["(p/|/x|a//b|\./c)", ',
        "C-f, C-g: keys are listed as they are, so that they can be read and deleted, and one of them ends no listing.",
    ),
    Known(
        "empty-delete-result",
        ("s3-delete-empty-result",),
        r"^step 0: raises GenericError -> null$",
        "F12: no error is success.",
    ),
    Known(
        "range-ignored",
        ("s3-range-ignored", "gcs-range-ignored", "azure-range-ignored"),
        r"^step 0: raises GenericError -> raises NotSupportedError$",
        "It is the error that HTTP stores raise for this, in both packages.",
    ),
    Known(
        "redirect",
        ("s3-redirect", "s3-redirect-delete"),
        r"^only compiled: (GET /bkt/moved|POST /bkt\?delete=)$|^step 0: (\{|null).* -> raises GenericError$",
        "A signature is for one URL; the compiled package sends it on unchanged, to be refused where it is looked at.",
    ),
    Known(
        "bare-reply",
        ("gcs-get-bare", "azure-get-bare"),
        r'^step 0: raises GenericError -> \{"body": "x", .*"e_tag": null, "last_modified": "1970-',
        "An object without ETag and date can be read, as on S3: proxies and emulators leave them out.",
    ),
    Known(
        "gcs-copy-precondition",
        ("gcs-copy-412",),
        r"^step 0: raises AlreadyExistsError -> raises PreconditionError$",
        "A copy that may overwrite does not fail because something exists.",
    ),
    Known(
        "gcs-create-in-pieces",
        ("gcs-create-parts",),
        r"^only compiled: PUT /(\S+)/big$|^only ours: (POST /\S+/big|PUT /\S+/big\?upload_id=u1)$",
        "The compiled package holds what is stored on condition in memory; a resumable upload takes the condition.",
    ),
    Known(
        "gcs-empty-token",
        ("gcs-*",),
        r": header authorization: Bearer  -> \(absent\)$",
        "F6: without credentials there is no Authorization.",
    ),
    Known(
        "gcs-anonymous",
        ("gcs-anonymous",),
        r"^only ours: (PUT|POST|DELETE) |^step [015]: raises GenericError -> ",
        "F6: with skip_signature the compiled package still asks for a token before it writes.",
    ),
    Known(
        "gcs-as-stored",
        ("gcs-*",),
        r"^(GET|HEAD) .*: header accept-encoding: \(absent\) -> gzip$",
        "Without it Google decompresses what was stored with Content-Encoding: gzip, and ignores ranges of it.",
    ),
    Known(
        "azure-delete-one",
        ("azure-delete-one", "azure-delete-4*", "azure-delete-500", "azure-rename"),
        r"^only compiled: POST /cont\?comp=batch|^only ours: DELETE /cont/|^step 0: raises GenericError -> raises ",
        "C-l: one key is deleted by a plain request, which servers without batches know as well.",
    ),
    Known(
        "azure-create-in-blocks",
        ("azure-create-parts",),
        r"^only compiled: PUT /cont/big$|^only ours: PUT /cont/big\?(blockid=<random>&comp=block|comp=blocklist)$",
        "The compiled package holds what is stored on condition in memory; the list of blocks takes the condition.",
    ),
    Known(
        "azure-batch-defaults",
        ("azure-default-headers",),
        r"^POST /cont\?comp=batch.*: body: .* -> .*\\r\\nX-Other: a\\r\\n",
        "A part of a batch is a request like others, and has their default headers.",
    ),
    Known(
        "azure-suffix",
        ("azure-get-suffix",),
        r"^only ours: (HEAD|GET) /cont/k$|^step 0: raises NotSupportedError -> ",
        "Azure knows no suffix ranges: the size is asked for first.",
    ),
    Known(
        "azure-list-e-tag",
        ("azure-list-delimiter*",),
        r'^step 0: .*"e_tag": "0x1".* -> .*"e_tag": "\\"0x1\\""',
        "An ETag is the same string from a listing as from head, and can be compared and sent.",
    ),
    Known(
        "azure-sign-method",
        ("azure-sign-head",),
        r"^step 0: .*&sp=&.* -> .*&sp=r&",
        "F10: the compiled package's URL permits nothing.",
    ),
    Known(
        "azure-sign-post",
        ("azure-sign-post",),
        r"^step 0: .*&sp=&.* -> raises NotSupportedError$",
        "F10: no permission lets a POST through.",
    ),
    Known(
        "azure-delegation-type",
        ("azure-sign-bearer",),
        r"^POST .*userdelegationkey.*: header content-type: \(absent\) -> application/xml$",
        "It is XML.",
    ),
    Known(
        "http-slash",
        ("http-*",),
        r"^(PROPFIND|MKCOL) .*: path: (\S+) -> \2/$",
        "A collection's URL should end in a slash (RFC 4918, 5.2); without it some servers redirect.",
    ),
    Known(
        "http-propfind-body",
        ("http-*",),
        r"^PROPFIND .*: body: '' -> '<propfind |^PROPFIND .*: header content-type: \(absent\) -> application/xml",
        "All properties, which is what no body means, are much work for some servers.",
    ),
    Known(
        "http-base",
        ("http-base-slash",),
        r": path: /dav//\S* -> /dav/|: header destination: http://<server>/dav//",
        "F17: one slash is enough.",
    ),
    Known(
        "http-list-base",
        ("http-base", "http-base-slash"),
        r'^step 3: \["dav/',
        "F8: the compiled package lists paths that cannot be given back to it.",
    ),
    Known(
        "http-overwrite",
        ("http-*",),
        r"^COPY .*: header overwrite: \(absent\) -> F$",
        "Without it a copy replaces a whole tree. What is in the way is looked at first.",
    ),
    Known(
        "http-delete-depth",
        ("http-*",),
        r"^DELETE .*: header depth: \(absent\) -> 0$",
        "Servers refuse it where it would delete a whole tree (RFC 4918, 9.6.1).",
    ),
    Known(
        "http-move",
        ("http-rename", "http-rename-403"),
        r"^only compiled: (COPY|DELETE) /a( b)?$|^only ours: MOVE /a( b)?$",
        "WebDAV renames in one request.",
    ),
    Known(
        "http-nothing-to-move",
        ("http-rename-404", "http-copy-404"),
        r"^only compiled: (COPY|DELETE) /a$|^only ours: MOVE /a$|^step 0: null -> raises NotFoundError$",
        "Where there is no directory to make, 404 is about the source.",
    ),
    Known(
        "http-in-the-way",
        ("http-copy-409", "http-copy-412"),
        r"^only compiled: COPY /a$|^only ours: PROPFIND /b$|^step 0: .* -> raises AlreadyExistsError$",
        "The target was looked at, and is a directory.",
    ),
    Known(
        "http-list-deep",
        ("http-list-400", "http-list-403"),
        r'^only ours: PROPFIND /d?$|^step 0: raises \w+ -> \["k 1", "d/k 1"\]$',
        "So servers refuse an infinite depth: the levels are listed one by one.",
    ),
    Known(
        "http-list-nowhere",
        ("http-list-404",),
        r"^only ours: GET /$|^step 0: \[\] -> raises NotSupportedError$",
        "GET finds the root and PROPFIND does not: the server does not speak WebDAV, which is not the same as empty.",
    ),
    Known(
        "http-odd-date",
        ("http-get-odd-date",),
        r'^step 0: raises GenericError -> \{.*"last_modified": "1970-',
        "Any server may be behind a URL; what it says of the date is no reason not to read.",
    ),
    Known(
        "http-no-parents",
        ("http-put-404", "http-put-409"),
        r"^only compiled: PUT /k$|^step 0: \{.* -> raises (NotFoundError|GenericError)$",
        "Where there is no directory to make, asking again changes nothing.",
    ),
    Known(
        "http-parts",
        ("http-parts-*",),
        r"^only ours: PUT /big$|^step 0: raises NotImplementedError -> (raises PermissionDeniedError|\{)",
        "HTTP knows no uploads in parts: the parts are collected, and put at once.",
    ),
    Known(
        "http-parents-there",
        ("http-put-no-parents",),
        r"^only ours: PUT /d/e/k$|^step 0: raises GenericError -> ",
        "405 to MKCOL says that the directory exists (RFC 4918, 9.3.1): another writer has just made it.",
    ),
)
