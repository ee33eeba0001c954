"""Everything that is compared, by service."""

from tests.wire_comparison.scenarios import azure, gcs, http, s3

SCENARIOS = (*s3.SCENARIOS, *gcs.SCENARIOS, *azure.SCENARIOS, *http.SCENARIOS)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
assert len(BY_NAME) == len(SCENARIOS), "two scenarios have one name"
