"""The service is asked what its own document allows, and what it does not."""

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from models.leaf_drawing import draw_leaf, encode_jpeg

NUM_CALLS = 400
LEAF = encode_jpeg(draw_leaf(7))
PHOTOS = st.one_of(
    st.just(LEAF),
    st.integers(min_value=0, max_value=len(LEAF)).map(lambda length: LEAF[:length]),
    st.binary(max_size=200).map(lambda tail: LEAF[:300] + tail),
    st.binary(max_size=200),
)
# No 500, and status, headers and body as the document says. It cannot say which bytes are a photo,
# and of what it forbids some is lost on the way: an empty list in a query is no query.
EXCLUDED_CHECKS = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def document(service):
    # What the document calls binary is a photo, whole or damaged, more often than mere noise.
    schemathesis.openapi.format("binary", PHOTOS)
    schemathesis.openapi.media_type("image/jpeg", PHOTOS)
    return schemathesis.openapi.from_url(f"{service.url}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_the_document_says(document, service, mode):
    statuses: Counter[tuple[str, int]] = Counter()

    @settings(
        max_examples=NUM_CALLS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document.as_strategy(generation_mode=mode))
    def ask(case):
        answer = case.call_and_validate(
            headers={"Authorization": f"Bearer {service.secret}"},
            excluded_checks=EXCLUDED_CHECKS,
        )
        statuses[case.operation.label, answer.status_code] += 1

    ask()
    answered = {operation for operation, status in statuses if status < 300}
    refused = {operation for operation, status in statuses if status in {400, 415, 422}}
    assert {"POST /v1/predictions", "POST /v1/predictions/batch"} <= refused
    if mode is GenerationMode.POSITIVE:
        operations = [result.ok().label for result in document.get_all_operations()]
        assert answered == set(operations)
