"""Rules for several photographs of one plant, on numbers alone."""

import numpy as np
import pytest

from models.calibration import softmax
from train_jobs.fusion_rules import FusionRule, apply_rule, judge_rules

# One sure photograph against two that lean the other way.
LOGITS = np.array([[9.0, 0.0, 0.0], [1.0, 2.0, 0.0], [1.0, 2.0, 0.0]])


@pytest.mark.parametrize("rule", FusionRule)
def test_every_rule_gives_probabilities_and_keeps_a_single_photographs_class(rule):
    fused = apply_rule(rule, LOGITS, 1.0)
    assert fused.sum() == pytest.approx(1)
    assert fused.min() >= 0
    for logits in LOGITS:
        assert apply_rule(rule, logits[None], 1.0).argmax() == logits.argmax()


@pytest.mark.parametrize(
    ("rule", "class_idx"),
    [
        (FusionRule.MEAN_LOGITS, 0),
        (FusionRule.MEAN_PROBABILITIES, 0),
        (FusionRule.MAX, 0),
        (FusionRule.VOTE, 1),
    ],
)
def test_a_majority_counts_for_the_vote_alone(rule, class_idx):
    assert apply_rule(rule, LOGITS, 1.0).argmax() == class_idx


def test_the_mean_of_logits_uses_the_temperature():
    expected = softmax(LOGITS.mean(axis=0, keepdims=True), 2.0)[0]
    assert apply_rule(FusionRule.MEAN_LOGITS, LOGITS, 2.0) == pytest.approx(expected)


def test_plants_with_too_few_photographs_are_left_out():
    figures = judge_rules(
        LOGITS,
        np.array([0, 0, 0]),
        {"a": [0, 1, 2], "b": [1]},
        temperature=1.0,
        num_photos=3,
        num_draws=2,
        rng=np.random.default_rng(0),
    )
    assert figures["num_draws"] == 2
    assert figures[FusionRule.MEAN_LOGITS] == 1
    assert figures[FusionRule.VOTE] == 0
    assert figures["vote, log loss"] > figures["mean of logits, log loss"]
    none = judge_rules(
        LOGITS,
        np.array([0, 0, 0]),
        {"b": [1]},
        temperature=1.0,
        num_photos=2,
        num_draws=2,
        rng=np.random.default_rng(0),
    )
    assert none == {}
