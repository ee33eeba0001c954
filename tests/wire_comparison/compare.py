"""Two recordings of one scenario side by side. A difference is one line of text."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

from tests.wire_comparison.capture import Recording
from tests.wire_comparison.normal import Normal, normal_call, normal_outcome

ABSENT = "(absent)"

# Where bodies differ these do, if only for a boundary or for the spelling of XML, and say nothing more.
_OF_THE_BODY = {"content-length", "content-md5", "x-amz-content-sha256", "x-amz-checksum-sha256"}


def differences(compiled: Recording, ours: Recording, url: str) -> list[str]:
    """Return what differs, as `where: what: compiled -> ours`."""
    theirs, mine = (_in_order([normal_call(call, url) for call in recording.calls]) for recording in (compiled, ours))
    return [*_of_requests(theirs, mine), *_of_outcomes(compiled.outcomes, ours.outcomes, url)]


def _in_order(requests: Sequence[Normal]) -> list[Normal]:
    """Sort requests of one method in a row: they may have been on their way together."""
    runs = groupby(requests, key=lambda request: request.line.partition(" ")[0])
    return [request for _, run in runs for request in sorted(run, key=lambda request: (request.line, request.body))]


def _of_requests(theirs: Sequence[Normal], mine: Sequence[Normal]) -> Iterator[str]:
    their_lines, my_lines = ([request.line for request in requests] for requests in (theirs, mine))
    for kind, a, b, c, d in SequenceMatcher(None, their_lines, my_lines, autojunk=False).get_opcodes():
        if kind == "equal":
            for their, my in zip(theirs[a:b], mine[c:d], strict=True):
                yield from _of_one(their, my)
        else:
            yield from (f"only compiled: {request.line}" for request in theirs[a:b])
            yield from (f"only ours: {request.line}" for request in mine[c:d])


def _of_one(their: Normal, my: Normal) -> Iterator[str]:
    if their.path != my.path:
        yield f"{my.line}: path: {their.path} -> {my.path}"
    skipped = _OF_THE_BODY if their.content != my.content else set()
    for name in sorted((their.headers.keys() | my.headers.keys()) - skipped):
        values = [request.headers.get(name, ABSENT) for request in (their, my)]
        if values[0] != values[1]:
            yield f"{my.line}: header {name}: {values[0]} -> {values[1]}"
    if their.body != my.body:
        yield f"{my.line}: body: {their.body!r} -> {my.body!r}"


def _of_outcomes(theirs: Sequence[str], mine: Sequence[str], url: str) -> Iterator[str]:
    for number, outcomes in enumerate(zip(theirs, mine, strict=True)):
        their, my = (normal_outcome(outcome, url) for outcome in outcomes)
        if their != my:
            yield f"step {number}: {their} -> {my}"
