"""What both models take for what: counted by class and answer, without right answers."""

import numpy as np

from cluster.run_report import Confusion
from train_jobs.confusions import count_confusions
from train_jobs.gate_values import Answers, Evidence

CLASSES = ("apple__healthy", "grape__healthy", "tomato__healthy")


def evidence(class_idx: list[int], said_idx: list[int]) -> Evidence:
    """A model that gives these answers to samples of these classes."""
    names = tuple(f"photo{number}" for number in range(len(class_idx)))
    answers = Answers(
        sample_ids=names,
        group_ids=names,
        class_idx_b=np.asarray(class_idx),
        probs_bc=np.eye(len(CLASSES))[said_idx],
        is_refused_b=np.zeros(len(class_idx), dtype=bool),
    )
    return Evidence(
        model_version="v",
        class_names=CLASSES,
        val=answers,
        new=answers,
        learned=answers,
        field=None,
        is_stranger_refused_b=np.zeros(len(class_idx), dtype=bool),
        latency_p95_ms=1.0,
        memory_mb=1.0,
    )


def test_mistakes_of_both_are_counted_and_the_most_frequent_comes_first():
    classes = [0, 0, 0, 1, 1, 2, 2]
    before = evidence(classes, [0, 1, 1, 1, 2, 2, 2])
    after = evidence(classes, [0, 1, 0, 2, 2, 2, 0])
    assert count_confusions(before, after) == (
        Confusion(class_name=CLASSES[0], answer=CLASSES[1], champion=2, challenger=1),
        Confusion(class_name=CLASSES[1], answer=CLASSES[2], champion=1, challenger=2),
        Confusion(class_name=CLASSES[2], answer=CLASSES[0], champion=0, challenger=1),
    )


def test_two_models_without_a_mistake_mix_up_nothing():
    right = evidence([0, 1, 2], [0, 1, 2])
    assert count_confusions(right, right) == ()
