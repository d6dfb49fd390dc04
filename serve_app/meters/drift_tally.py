"""Diagnoses of all replicas, counted from the page of metrics, for the comparison with a reference.

Counters begin at 0 with each replica and leave the page with it, so growth is added up from one
reading to the next.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from models.drift import CONFIDENCE_BOUNDARIES, Counts
from models.refusal import UNKNOWN_LEAF
from serve_app.meters.metrics import CONFIDENCE, PREDICTIONS

_PREDICTIONS_SAMPLE = f"ray_{PREDICTIONS}_total"
_CONFIDENCE_SAMPLE = f"ray_{CONFIDENCE}_bucket"
# A blurred or dark photograph says nothing of what is on it.
_UNKNOWN_OUTCOMES = frozenset({UNKNOWN_LEAF, "not_a_leaf"})

_Series = tuple[str, tuple[tuple[str, str], ...]]


class DriftTally:
    """Adds up the growth of our counters from page to page; the first page is where it begins."""

    def __init__(self) -> None:
        self._last: dict[_Series, float] | None = None
        self._grown: Counter[_Series] = Counter()

    def add(self, page: bytes) -> None:
        """Take in the next page."""
        now = read_series(page)
        if self._last is not None:
            for series, value in now.items():
                last = self._last.get(series, 0.0)
                self._grown[series] += int(value - last if value >= last else value)
        self._last = now

    def to_counts(self, class_names: Sequence[str]) -> Counts:
        """Return what was counted since the first page; classes in the order of `class_names`."""
        class_idx = {name: idx for idx, name in enumerate(class_names)}
        by_class_c = np.zeros(len(class_names), np.int64)
        below_k = np.zeros(len(CONFIDENCE_BOUNDARIES), np.int64)
        num_unknown = 0
        for (name, pairs), count in self._grown.items():
            labels = dict(pairs)
            if name == _CONFIDENCE_SAMPLE:
                end = float(labels["le"])
                if end in CONFIDENCE_BOUNDARIES:
                    below_k[CONFIDENCE_BOUNDARIES.index(end)] += count
            elif labels["class_name"] in class_idx:
                by_class_c[class_idx[labels["class_name"]]] += count
                num_unknown += count * (labels["outcome"] in _UNKNOWN_OUTCOMES)
        # Each of Prometheus' buckets holds those below it too.
        return Counts(
            by_class_c=by_class_c,
            by_confidence_k=np.diff(below_k, prepend=0),
            num_unknown=num_unknown,
        )


def read_series(page: bytes) -> dict[_Series, float]:
    """Return the two metrics that tell of diagnoses, each series of each replica by its own."""
    lines = [
        line
        for line in page.decode("utf-8", "replace").splitlines()
        if line.startswith((_PREDICTIONS_SAMPLE, _CONFIDENCE_SAMPLE))
    ]
    # Without their types all samples come as they are written.
    text = "\n".join([*lines, ""])
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
