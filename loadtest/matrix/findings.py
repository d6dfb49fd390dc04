"""What the set-ups say when they are compared: sentences, computed from the figures.

Pure.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from loadtest.load.figures import LoadStory, count_photos_answered, list_spans, summarize_span
from loadtest.load.request_log import NEVER_ASKED
from loadtest.matrix.setups import Setup
from loadtest.slo import Summary

# Even where the first set-up came out the same twice, less than this is not called a difference.
_LEAST_NOISE = 0.05
_FIELDS = ("num_replicas", "num_threads", "photos_per_request", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupResult:
    """How one set-up fared at a third and two thirds of a replica's load, and the most it answered.

    `num_failed` are wrong or missing answers; what was never asked, because the last load is more
    than it can answer, is none.
    """

    setup: Setup
    quiet: Summary
    loaded: Summary
    most_rps: float
    num_failed: int
    generator_cores: float


def to_result(setup: Setup, story: LoadStory) -> SetupResult:
    """Read a set-up's result from its story: the shape has three levels.

    Raises:
        ValueError: it has not.
    """
    quiet, loaded, most = list_spans(story)
    return SetupResult(
        setup=setup,
        quiet=summarize_span(story, quiet),
        loaded=summarize_span(story, loaded),
        most_rps=count_photos_answered(story, most),
        num_failed=sum(
            bool(asked.fault) and asked.fault != NEVER_ASKED for asked in story.requests
        ),
        generator_cores=story.generator_cores,
    )


def find_noise(results: Sequence[SetupResult]) -> float:
    """Return how far the first set-up was from itself when it was measured again at the end."""
    first, last = results[0], results[-1]
    if first.setup != last.setup or not min(first.most_rps, last.most_rps):
        return float("inf")
    ratio = last.most_rps / first.most_rps
    return max(ratio, 1 / ratio) - 1


def conclude(results: Sequence[SetupResult]) -> list[str]:
    """Return what follows: each pair that differs in one thing, and which set-up is best."""
    noise = find_noise(results)
    measured = results[:-1]
    best = max(measured, key=lambda result: result.most_rps)
    quickest = min(
        measured, key=lambda result: result.loaded.p95_ms / result.setup.photos_per_request
    )
    num_failed = sum(result.num_failed for result in results)
    return [
        f"The first set-up, measured again at the end, answered {results[-1].most_rps:.0f} "
        f"photographs/s after {results[0].most_rps:.0f}: differences below "
        f"{max(noise, _LEAST_NOISE):.0%} are chance.",
        *(
            _compare(one, other, field, max(noise, _LEAST_NOISE))
            for field in _FIELDS
            for one, other in _list_pairs(measured, field)
        ),
        f"Most photographs/s: {best.setup.words} ({best.most_rps:.0f}).",
        f"Shortest p95 under two thirds of a replica's load, for each photograph: "
        f"{quickest.setup.words} ({quickest.loaded.p95_ms / quickest.setup.photos_per_request:.0f} "
        "ms).",
        f"Wrong or missing answers over all set-ups: {num_failed}.",
    ]


def _list_pairs(
    results: Sequence[SetupResult], field: str
) -> list[tuple[SetupResult, SetupResult]]:
    """Return the pairs of neighbours that differ in one field alone."""
    groups: dict[str, list[SetupResult]] = {}
    for result in results:
        rest = {**dataclasses.asdict(result.setup), field: None}
        groups.setdefault(str(rest), []).append(result)
    return [pair for group in groups.values() for pair in itertools.pairwise(group)]


def _compare(one: SetupResult, other: SetupResult, field: str, noise: float) -> str:
    ratio = other.most_rps / one.most_rps if one.most_rps else float("inf")
    if 1 / (1 + noise) <= ratio <= 1 + noise:
        told = f"no clear difference ({one.most_rps:.0f} and {other.most_rps:.0f} photographs/s)"
    else:
        told = f"{ratio:.2f} times the photographs/s ({one.most_rps:.0f} to {other.most_rps:.0f})"
    return (
        f"{_name(field)} {getattr(other.setup, field)} instead of {getattr(one.setup, field)} "
        f"({_describe_rest(one.setup, field)}): {told}; p95 of a request under two thirds of a "
        f"replica's load {one.loaded.p95_ms:.0f} to {other.loaded.p95_ms:.0f} ms."
    )


def _name(field: str) -> str:
    return {
        "num_replicas": "Replicas:",
        "num_threads": "Threads a replica:",
        "photos_per_request": "Photographs a request:",
        "model": "Model:",
    }[field]


def _describe_rest(setup: Setup, field: str) -> str:
    told = {
        "num_replicas": f"replicas {setup.num_replicas}",
        "num_threads": f"threads {setup.num_threads}",
        "photos_per_request": f"photographs {setup.photos_per_request}",
        "model": setup.model,
    }
    return ", ".join(words for name, words in told.items() if name != field)
