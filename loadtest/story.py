"""What happened in a drill, and what it says: questions, replicas and events in, figures out.

Pure. Times are seconds since the drill's load began.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cluster.figure import Figure, at_most
from loadtest.patient_loop import Question
from loadtest.replica_watch import Look
from loadtest.slo import summarize

MAX_DECISION_S = 3.0
MAX_SERVING_S = 10.0
MAX_MEMORY_GROWTH = 0.10
# Caches fill in the first fifth, so the last one is compared with the second.
_NUM_FIFTHS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that the drill did, or waited for."""

    at_s: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One drill from its first question to its last."""

    drill: str
    events: tuple[Event, ...]
    questions: tuple[Question, ...]
    looks: tuple[Look, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One second of a drill, as it is drawn."""

    at_s: int
    rps: float
    p95_ms: float
    num_raw_failures: int
    num_failed: int


def judge_failures(questions: Sequence[Question]) -> tuple[Figure, ...]:
    """Return the promise: no question without an answer, after the attempts of our client."""
    num_failed = sum(question.fault is not None for question in questions)
    return (at_most("failed requests, after the client's own attempts", num_failed, limit=0),)


def judge_scale_up(looks: Sequence[Look], *, step_at_s: float) -> tuple[Figure, ...]:
    """Return how long after a load step another replica was asked for, and when it answered."""
    before = {
        replica.replica_id for look in looks if look.at_s < step_at_s for replica in look.replicas
    }
    after = [look for look in looks if look.at_s >= step_at_s]
    asked_s = (
        look.at_s
        for look in after
        if any(replica.replica_id not in before for replica in look.replicas)
    )
    answered_s = (look.at_s for look in after if look.answered_by not in (*before, None))
    decision_s = next(asked_s, float("nan")) - step_at_s
    serving_s = next(answered_s, float("nan")) - step_at_s
    return (
        at_most("load step to the decision", decision_s, limit=MAX_DECISION_S, unit="s"),
        at_most(
            "load step to the first answer of a new replica",
            serving_s,
            limit=MAX_SERVING_S,
            unit="s",
        ),
    )


def judge_memory(looks: Sequence[Look]) -> tuple[Figure, ...]:
    """Return by how much the replicas grew from the second fifth of their time to the last.

    Those that were there for less than a quarter of the looks tell nothing: they still warm up.
    """
    growths = [
        growth
        for memory_mib in list_memory(looks).values()
        if len(memory_mib) >= len(looks) / 4
        and (growth := _find_growth([value for _, value in memory_mib])) is not None
    ]
    worst = max(growths, default=float("nan"))
    return (at_most("growth of a replica's memory", worst, limit=MAX_MEMORY_GROWTH),)


def list_memory(looks: Iterable[Look]) -> dict[str, list[tuple[float, float]]]:
    """Return (time, MiB) of each replica while it takes requests."""
    found: dict[str, list[tuple[float, float]]] = {}
    for look in looks:
        for replica in look.replicas:
            if replica.state == "RUNNING" and replica.memory_mib:
                found.setdefault(replica.replica_id, []).append((look.at_s, replica.memory_mib))
    return found


def count_raw_failures(questions: Iterable[Question]) -> Counter[str]:
    """Return why single attempts failed, whether or not a later one succeeded."""
    return Counter(failure.reason for item in questions for failure in item.failures)


def count_versions(questions: Iterable[Question]) -> Counter[str]:
    """Return how many answers each model version gave."""
    return Counter(item.model_version for item in questions if item.model_version is not None)


def to_seconds(questions: Sequence[Question]) -> list[Second]:
    """Cut a story into seconds, by when the questions ended."""
    groups: dict[int, list[Question]] = {}
    for item in questions:
        groups.setdefault(int(item.ended_s), []).append(item)
    seconds = []
    for at_s in range(max(groups, default=-1) + 1):
        group = groups.get(at_s, [])
        answered = [item for item in group if item.fault is None]
        summary = summarize(
            (item.ended_s - item.started_s for item in answered),
            num_failed=len(group) - len(answered),
            duration_s=1.0,
        )
        seconds.append(
            Second(
                at_s=at_s,
                rps=summary.rps,
                p95_ms=summary.p95_ms,
                num_raw_failures=sum(len(item.failures) for item in group),
                num_failed=summary.num_failed,
            )
        )
    return seconds


def _find_growth(memory_mib: Sequence[float]) -> float | None:
    size = len(memory_mib) // _NUM_FIFTHS
    if size == 0:
        return None
    early = statistics.median(memory_mib[size : 2 * size])
    return statistics.median(memory_mib[-size:]) / early - 1
