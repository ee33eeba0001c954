"""`GCSStore` does what every store does: on the fake, or on the emulator that `GCS_EMULATOR_URL` names."""

import json
import uuid

import pytest

from obstore.store import GCSStore
from obstore.testing import EVERYTHING, Capability, StoreContract
from tests.gcs.conftest import EMULATOR_URL
from tests.gcs.files import authorized_user, impersonated
from tests.servers.gcs_fake import GcsFake
from tests.servers.google_identity import EMAIL

# Google itself refuses ".", ".." and line breaks: https://cloud.google.com/storage/docs/objects#naming
CAPABILITIES: frozenset[Capability] = EVERYTHING - {"lenient delete"}


class TestGCSStore(StoreContract):
    capabilities = CAPABILITIES if EMULATOR_URL is None else CAPABILITIES - {"sign", "versions"}

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest) -> GCSStore:
        if EMULATOR_URL is not None:
            return GCSStore("test-bucket", base_url=EMULATOR_URL, skip_signature=True)
        fake: GcsFake = request.getfixturevalue("_gcs_fake")
        bucket = fake.make_bucket(f"test-{uuid.uuid4().hex}")
        key = json.dumps(fake.identities.key_file())
        return GCSStore(bucket, base_url=fake.url, service_account_key=key)


@pytest.mark.skipif(EMULATOR_URL is not None, reason="emulators have no short pages")
class TestGCSStoreBelowPrefix(StoreContract):
    """With a prefix, listings of many pages, and an account that leaves its key with Google."""

    capabilities = CAPABILITIES

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest) -> GCSStore:
        fake: GcsFake = request.getfixturevalue("_paged_fake")
        bucket = fake.make_bucket(f"test-{uuid.uuid4().hex}")
        account = impersonated(fake.url, EMAIL, authorized_user(fake.url))
        return GCSStore(bucket, prefix="some/prefix", base_url=fake.url, service_account_key=json.dumps(account))
