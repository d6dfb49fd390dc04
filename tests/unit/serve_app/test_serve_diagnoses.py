"""How many photos go into one request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.batch_form import split_batches

SIZES = st.lists(st.integers(min_value=0, max_value=300), max_size=60)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([10], [1]),
        ([10] * 7, [3, 3, 1]),
        ([60, 60, 10], [1, 2]),
        ([10, 500, 10, 10], [1, 1, 2]),
        ([100, 0, 0], [3]),
    ],
)
def test_runs_keep_both_limits(sizes, expected):
    spans = split_batches(sizes, max_photos=3, max_bytes=100)
    assert [len(sizes[span]) for span in spans] == expected


@given(sizes=SIZES, max_photos=st.integers(min_value=1, max_value=9))
def test_every_photo_is_in_exactly_one_run_and_only_a_lone_one_is_too_large(sizes, max_photos):
    spans = split_batches(sizes, max_photos=max_photos, max_bytes=200)
    assert [size for span in spans for size in sizes[span]] == sizes
    for span in spans:
        run = sizes[span]
        assert 1 <= len(run) <= max_photos
        assert len(run) == 1 or sum(run) <= 200
