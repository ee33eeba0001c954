"""`S3Store` on real servers, each of which deviates from S3 in its own way."""

from collections.abc import Mapping

import pytest

from obstore.store import S3Store
from obstore.testing import EVERYTHING, Behaviour, StoreContract
from tests.servers import S3Server

# The behaviours that rest on what a server is known to get wrong, by the name of that deviation.
RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "put_if_match": (
        "a_race_loses_no_increment",
        "an_update_of_what_is_missing_fails",
        "an_update_replaces_the_version_it_names",
    ),
    "put_create": ("create_does_not_replace", "create_holds_for_large_sources", "one_of_many_creates"),
    "put_create_race": ("one_of_many_creates", "one_of_many_exclusive_copies_succeeds"),
    "conditional_get": (
        "a_star_matches_any_tag",
        "a_tag_may_be_one_of_a_list",
        "conditions_hold_for_ranges_and_heads",
        "if_match_wants_the_tag",
        "if_unmodified_since_wants_no_later_change",
    ),
    "upload_part_copy": (
        "an_exclusive_copy_does_not_replace",
        "an_exclusive_rename_does_not_replace",
        "one_of_many_exclusive_copies_succeeds",
    ),
    "copy": ("a_copy_has_the_attributes_of_its_source",),
    "list_etag": ("a_new_content_has_a_new_tag", "listed_objects_are_described", "put_get_head_and_list_agree"),
}
# What else is wrong with a server, in the suite's own terms.
DEVIATIONS: Mapping[str, Mapping[str, str]] = {
    "swift": {
        "tags_do_not_disturb_a_put": "object tagging is not implemented (501)",
        "an_update_brings_its_attributes": "If-Match of PUT is not implemented (501)",
        "what_put_returns_is_a_mode": "If-Match of PUT is not implemented (501)",
        "attributes_of_a_multipart_put_come_back": "underscores in metadata names of uploads in parts become hyphens",
        "tags_rule_over_times": "If-Unmodified-Since counts although there is an If-Match",
    },
    "rclone": {
        "readers_never_see_a_mixture": "an object is a file that is written in place",
        "the_time_of_an_object_is_exact": "If-Modified-Since is ignored",
        "one_level_is_listed": "ETags in listings have no quotes",
        "keys_are_no_file_names": "it is a file system: a key cannot also be a directory of others",
        "odd_keys_are_kept_verbatim": "it is a file system: names are normalised, two spellings of one letter are one",
        "odd_keys_can_be_copied": "it is a file system: names are normalised, two spellings of one letter are one",
        "any_text_is_a_key": "it is a file system: keys are paths",
        "any_key_can_be_copied": "it is a file system: keys are paths",
        "any_directory_can_be_walked": "it is a file system: keys are paths",
        "a_listing_can_begin_after_any_key": "it is a file system: keys are paths",
        "dot_segments_are_kept": "it is a file system: keys are paths",
        "dot_segments_can_be_copied": "it is a file system: keys are paths",
        "dot_segments_can_be_walked": "it is a file system: keys are paths",
        "pieces_are_joined_in_order": "an upload in parts has one ETag when it completes and another later",
        "a_range_may_count_from_the_end": "a suffix longer than the object is refused (416)",
    },
}


def deviations(server: S3Server) -> dict[str, str]:
    """Return the behaviours that `server` does not support, each with the reason."""
    known = {
        name: server.deviations[wrong]
        for wrong, names in RESTS_ON.items()
        if wrong in server.deviations
        for name in names
    }
    return known | dict(DEVIATIONS.get(server.name, {}))


@pytest.fixture(scope="module")
def shared_bucket(s3_server: S3Server) -> str:
    return s3_server.make_bucket()


@pytest.fixture
def store(s3_server: S3Server, shared_bucket: str, behaviour: Behaviour) -> S3Store:
    # Where writers race, rclone may go on listing what has been deleted: such a bucket is not used again.
    bucket = s3_server.make_bucket() if behaviour.chance else shared_bucket
    return S3Store(bucket, copy_if_not_exists="multipart", **s3_server.options())


class TestS3Store(StoreContract):
    capabilities = EVERYTHING - {"versions"}

    @pytest.fixture(autouse=True)
    def _deviations_of_server(self, s3_server: S3Server) -> None:
        self.deviations = deviations(s3_server)
