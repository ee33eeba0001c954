"""`HTTPStore` on real servers, in the terms of the suite for all stores.

What a server gets wrong is listed with it. Where that shows only now and then (a tag made of the second,
a file that is overwritten while it is read), the outcome does not count.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from obstore.store import HTTPStore
from obstore.testing import USUAL, Behaviour, StoreContract
from tests.servers.web import WebServer
from tests.webdav.scripted import close_connections

CAPABILITIES = USUAL - {"attributes", "conditional put", "create", "flat namespace", "lenient delete", "sorted"}

NO_TAG = "the reply to PUT has no ETag"
WEAK = "for a second after a write the tag is weak, and If-Match never matches a weak one"
UNMODIFIED = "If-Unmodified-Since counts beside If-Match"
UNLISTED_TAG = "a listing has no ETags"
DOTFILES = "what begins with a dot is not listed"
IN_PLACE = "an object is overwritten in place"

COMMON = {
    # The store's own: as the reference does, whatever has a header is sent.
    "attributes_that_would_be_lost_are_refused": "they are sent, and the server keeps them or does not",
    "one_of_many_exclusive_copies_succeeds": "the server looks whether there is a target, then copies",
}


class HTTPContract(StoreContract):
    capabilities = CAPABILITIES
    uncertain: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _uncertain(self, request: pytest.FixtureRequest, behaviour: Behaviour) -> None:
        if reason := self.uncertain.get(behaviour.name):
            request.applymarker(pytest.mark.xfail(reason=reason, strict=False))


def empty_store(server: WebServer) -> Iterator[HTTPStore]:
    server.clear()
    store = HTTPStore(server.url, **server.options())
    yield store
    close_connections(store)


class TestOnWsgiDAV(HTTPContract):
    deviations: Mapping[str, str] = {
        **COMMON,
        "a_directory_is_not_an_object": "a directory is forbidden, not missing",
        "odd_keys_can_be_copied": "the Destination of a COPY is cut off at a semicolon",
        "tags_rule_over_times": UNMODIFIED,
        "the_time_of_an_object_is_exact": "If-Modified-Since is ignored",
    }
    uncertain: ClassVar[Mapping[str, str]] = {
        "a_body_is_of_its_time": IN_PLACE,
        "a_new_content_has_a_new_tag": "the tag is made of size and second",
        "readers_never_see_a_mixture": IN_PLACE,
    }

    @pytest.fixture
    def store(self, wsgidav_server: WebServer) -> Iterator[HTTPStore]:
        yield from empty_store(wsgidav_server)


class TestOnApache(HTTPContract):
    deviations: Mapping[str, str] = {
        **COMMON,
        "a_new_content_has_a_new_tag": NO_TAG,
        "pieces_are_joined_in_order": NO_TAG,
        "put_get_head_and_list_agree": NO_TAG,
    }
    uncertain: ClassVar[Mapping[str, str]] = {
        "a_tag_may_be_one_of_a_list": WEAK,
        "conditions_hold_for_ranges_and_heads": WEAK,
        "if_match_wants_the_tag": WEAK,
        "tags_rule_over_times": WEAK,
        # In between, the tag of one object has been weak once and then was not.
        "listed_objects_are_described": WEAK,
        "one_level_is_listed": WEAK,
    }

    @pytest.fixture
    def store(self, apache_server: WebServer) -> Iterator[HTTPStore]:
        yield from empty_store(apache_server)


class TestOnFlatApache(TestOnApache):
    @pytest.fixture
    def store(self, flat_apache_server: WebServer) -> Iterator[HTTPStore]:
        yield from empty_store(flat_apache_server)


class TestOnNginx(HTTPContract):
    deviations: Mapping[str, str] = {
        **COMMON,
        "a_new_content_has_a_new_tag": NO_TAG,
        "listed_objects_are_described": UNLISTED_TAG,
        "odd_directories_can_be_listed": DOTFILES,
        "odd_keys_are_kept_verbatim": DOTFILES,
        "odd_keys_can_be_copied": DOTFILES,
        "one_level_is_listed": UNLISTED_TAG,
        "pieces_are_joined_in_order": NO_TAG,
        "put_get_head_and_list_agree": NO_TAG,
        "tags_rule_over_times": UNMODIFIED,
    }

    @pytest.fixture
    def store(self, nginx_server: WebServer) -> Iterator[HTTPStore]:
        yield from empty_store(nginx_server)
