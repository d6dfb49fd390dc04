"""The control application is asked what the document allows, and what it does not: no 500."""

import shutil

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.contract.upload_service import start_control

NUM_CALLS = 200
# It cannot say which ids exist, nor which bytes are a photograph.
EXCLUDED_CHECKS = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def document(champion_dir, tmp_path_factory):
    with start_control(champion_dir, tmp_path_factory.mktemp("fuzz")) as control:
        whole = schemathesis.openapi.from_url(f"{control.url}/openapi.json")
        # Predictions are another application's.
        yield whole.exclude(path_regex="^/v1/predictions")
    shutil.rmtree(control.layout.ray_dir)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_the_document_says(document, mode):
    @settings(
        max_examples=NUM_CALLS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(
            headers={"Authorization": "Bearer secret-of-admin"}, excluded_checks=EXCLUDED_CHECKS
        )

    ask()
