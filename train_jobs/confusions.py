"""What champion and challenger take for what, on the frozen validation samples. Pure."""

import numpy as np
from numpy.typing import NDArray

from cluster.run_report import Confusion
from train_jobs.gate_values import Answers, Evidence


def count_confusions(champion: Evidence, challenger: Evidence) -> tuple[Confusion, ...]:
    """Count mistakes by class and answer, the most frequent first; right answers are left out."""
    names = champion.class_names
    before_cc, after_cc = (_count(found.val, len(names)) for found in (champion, challenger))
    pairs = np.argwhere((before_cc + after_cc) > 0)
    found = [
        Confusion(
            class_name=names[row],
            answer=names[column],
            champion=int(before_cc[row, column]),
            challenger=int(after_cc[row, column]),
        )
        for row, column in pairs
        if row != column
    ]
    return tuple(sorted(found, key=lambda item: -max(item.champion, item.challenger)))


def _count(answers: Answers, num_classes: int) -> NDArray[np.int64]:
    """Return counts by class (rows) and answer (columns)."""
    counts_cc = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(counts_cc, (answers.class_idx_b, answers.probs_bc.argmax(axis=1)), 1)
    return counts_cc
