"""Growth of counters from page to page, over replicas that come and go."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from models.drift import CONFIDENCE_BOUNDARIES
from serve_app.meters.drift_tally import DriftTally
from serve_app.meters.local_meter import LocalMeter
from serve_app.meters.metrics import ServiceMetrics

CLASSES = ("apple__healthy", "tomato__late_blight")


class Replica:
    """A replica with real metrics of its own."""

    def __init__(self, name):
        self.name = name
        self.metrics = ServiceMetrics(LocalMeter(), num_threads=1, get_model_version=lambda: "v1")

    def diagnose(self, class_name, probability, *, refusal=None, times=1):
        prediction = SimpleNamespace(
            refusal=refusal and SimpleNamespace(code=refusal),
            top=[SimpleNamespace(class_name=class_name, probability=probability)],
        )
        timed = SimpleNamespace(prediction=prediction, decode_ms=1, queue_ms=1, infer_ms=1)
        for _ in range(times):
            self.metrics.record_prediction(cast("Any", timed))

    def read(self):
        """Return its part of the page, with the label by which Ray tells replicas apart."""
        lines = asyncio.run(self.metrics.read_page()).decode().splitlines()
        tagged = [
            line.replace("{", f'{{replica="{self.name}",', 1) if "{" in line else line
            for line in lines
            if not line.startswith("#")
        ]
        return "\n".join(tagged) + "\n"


def read_page(*replicas):
    return "".join(replica.read() for replica in replicas).encode()


def count(tally):
    counts = tally.to_counts(CLASSES)
    return counts.by_class_c.tolist(), counts.num_unknown


def test_what_stood_on_the_first_page_does_not_count():
    replica, tally = Replica("a"), DriftTally()
    replica.diagnose(CLASSES[0], 0.9, times=5)
    tally.add(read_page(replica))
    assert count(tally) == ([0, 0], 0)
    replica.diagnose(CLASSES[1], 0.9, times=2)
    tally.add(read_page(replica))
    assert count(tally) == ([0, 2], 0)


def test_replicas_add_up_and_a_new_one_begins_at_nothing():
    first, second, tally = Replica("a"), Replica("b"), DriftTally()
    tally.add(read_page(first))
    first.diagnose(CLASSES[0], 0.9, times=3)
    second.diagnose(CLASSES[0], 0.9, times=4)
    tally.add(read_page(first, second))
    tally.add(read_page(second))  # The first one has gone.
    second.diagnose(CLASSES[0], 0.9)
    tally.add(read_page(second))
    assert count(tally) == ([8, 0], 0)


def test_a_replica_that_began_again_is_counted_from_nothing():
    tally = DriftTally()
    old, new = Replica("a"), Replica("a")
    old.diagnose(CLASSES[0], 0.9, times=5)
    tally.add(read_page(old))
    new.diagnose(CLASSES[0], 0.9, times=2)
    tally.add(read_page(new))
    assert count(tally) == ([2, 0], 0)


def test_strangers_are_unknown_and_blurred_photographs_are_not():
    replica, tally = Replica("a"), DriftTally()
    tally.add(read_page(replica))
    replica.diagnose(CLASSES[0], 0.5, refusal="unknown_leaf", times=3)
    replica.diagnose(CLASSES[0], 0.5, refusal="blurred", times=2)
    tally.add(read_page(replica))
    assert count(tally) == ([5, 0], 3)


def test_confidence_falls_into_its_bin():
    replica, tally = Replica("a"), DriftTally()
    tally.add(read_page(replica))
    for probability in (0.55, 0.58, 0.97, 1.0):
        replica.diagnose(CLASSES[0], probability)
    tally.add(read_page(replica))
    by_bin = dict(
        zip(CONFIDENCE_BOUNDARIES, tally.to_counts(CLASSES).by_confidence_k.tolist(), strict=True)
    )
    assert {end: number for end, number in by_bin.items() if number} == {0.6: 2, 0.98: 1, 1.0: 1}


def test_a_page_with_nothing_of_ours_counts_nothing():
    tally = DriftTally()
    for page in (b"", b"ray_other_total 5\n", b"\xff\xfe"):
        tally.add(page)
    assert count(tally) == ([0, 0], 0)
