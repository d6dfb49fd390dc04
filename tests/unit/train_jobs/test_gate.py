"""The gate: what is promoted, what is not, and that no accident of a few samples decides."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train_jobs.gate import decide
from train_jobs.gate_values import Answers, Evidence, EvidenceError, GatePolicy, Verdict
from train_jobs.paired import compare, sign_test

CLASSES = ("apple__healthy", "grape__healthy", "tomato__healthy")
POLICY = GatePolicy(num_draws=400)


def answers(class_idx, is_correct, *, confidence=0.9, refused=0, groups=None):
    """Answers that are right where `is_correct` says so, each equally sure of itself."""
    class_idx = np.asarray(class_idx)
    said = np.where(is_correct, class_idx, (class_idx + 1) % len(CLASSES))
    probs = np.full((len(said), len(CLASSES)), (1 - confidence) / (len(CLASSES) - 1))
    probs[np.arange(len(said)), said] = confidence
    names = tuple(f"photo{number}" for number in range(len(said)))
    return Answers(
        sample_ids=names,
        group_ids=tuple(groups) if groups is not None else names,
        class_idx_b=class_idx,
        probs_bc=probs,
        is_refused_b=np.arange(len(said)) < refused,
    )


def mark(total, right):
    return np.arange(total) < right


def evidence(*, val_right=285, new_right=50, new=None, **changes):
    val_idx = np.arange(300) % 3
    found = Evidence(
        model_version="v",
        class_names=CLASSES,
        val=answers(val_idx, mark(300, val_right), confidence=0.95),
        new=new or answers(np.arange(80) % 3, mark(80, new_right)),
        learned=answers(np.arange(200) % 3, mark(200, 180)),
        field=answers(np.arange(60) % 3, mark(60, 45)),
        is_stranger_refused_b=mark(300, 270),
        latency_p95_ms=5.0,
        memory_mb=200.0,
    )
    return dataclasses.replace(found, **changes)


def failed(verdict: Verdict) -> list[str]:
    return [name for name, is_passed in verdict.checks.items() if not is_passed]


def test_what_is_better_on_the_new_data_and_no_worse_elsewhere_is_promoted():
    verdict = decide(evidence(), evidence(new_right=72), POLICY)
    assert verdict.promote
    assert verdict.numbers["new_data/num_gained"] == 22
    assert any("62.5% -> 90.0% of 80" in reason for reason in verdict.reasons)
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


def test_an_equal_challenger_is_never_better_on_the_new_data():
    verdict = decide(evidence(), evidence(), POLICY)
    assert failed(verdict) == ["new_data"]
    assert len(verdict.reasons) == 1


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"val_right": 277}, "overall"),
        ({"field": answers(np.arange(60) % 3, mark(60, 43))}, "field"),
        ({"is_stranger_refused_b": mark(300, 255)}, "strangers_refused"),
        ({"latency_p95_ms": 7.5}, "latency"),
        ({"memory_mb": 260.0}, "memory"),
    ],
)
def test_one_thing_that_became_worse_keeps_the_champion(change, check):
    challenger = evidence(new_right=72, **change)
    assert check in failed(decide(evidence(), challenger, POLICY))


def test_a_challenger_that_is_surer_than_right_is_refused():
    val = answers(np.arange(300) % 3, mark(300, 285), confidence=0.999)
    assert failed(decide(evidence(), evidence(new_right=72, val=val), POLICY)) == ["calibration"]


def test_known_leaves_must_not_be_refused_more_often():
    val = answers(np.arange(300) % 3, mark(300, 285), confidence=0.95, refused=7)
    assert failed(decide(evidence(), evidence(new_right=72, val=val), POLICY)) == ["known_refused"]


def test_a_class_of_two_samples_may_lose_neither():
    class_idx = np.r_[np.zeros(298, int), [1, 1]]
    right, lost = np.ones(300, bool), np.ones(300, bool)
    lost[299] = False
    verdict = decide(
        evidence(val=answers(class_idx, right)),
        evidence(new_right=72, val=answers(class_idx, lost)),
        POLICY,
    )
    found = verdict.by_class["grape__healthy"]
    assert (found.is_few, found.allowed_lost, found.is_worse) == (True, 0, True)
    assert "classes" in failed(verdict)
    assert verdict.by_class["apple__healthy"].allowed_lost == 23
    assert "tomato__healthy" not in verdict.by_class


def test_a_gain_on_a_few_leaves_proves_nothing():
    groups = [f"leaf{number % 4}" for number in range(80)]
    champion = evidence(new=answers(np.arange(80) % 3, mark(80, 0), groups=groups))
    challenger = evidence(new=answers(np.arange(80) % 3, mark(80, 80), groups=groups))
    verdict = decide(champion, challenger, POLICY)
    assert failed(verdict) == ["new_data"]
    assert verdict.numbers["new_data/num_leaves"] == 4


def learn(*, sure_wrong, unsure_wrong):
    """100 sure and 100 unsure answers of models that learned from other new labels."""
    sure = answers(np.zeros(100, int), ~mark(100, sure_wrong), confidence=0.9)
    unsure = answers(np.zeros(100, int), ~mark(100, unsure_wrong), confidence=0.5)
    names = tuple(f"photo{number}" for number in range(200))
    return Answers(
        sample_ids=names,
        group_ids=names,
        class_idx_b=np.zeros(200, int),
        probs_bc=np.concatenate([sure.probs_bc, unsure.probs_bc]),
        is_refused_b=np.zeros(200, bool),
    )


def test_wrong_labels_keep_the_champion_and_hard_photographs_do_not():
    """Both times 60 of 200 labels are not foretold; hard ones are those nobody is sure of."""
    wrong = evidence(new_right=72, learned=learn(sure_wrong=30, unsure_wrong=30))
    hard = evidence(new_right=72, learned=learn(sure_wrong=5, unsure_wrong=55))
    assert failed(decide(evidence(), wrong, POLICY)) == ["new_labels"]
    assert decide(evidence(), hard, POLICY).promote


def test_nothing_new_to_judge_by_keeps_the_champion_in_words():
    nothing = answers(np.zeros(0, int), np.zeros(0, bool))
    empty = evidence(new=nothing, learned=nothing)
    assert failed(decide(empty, empty, POLICY)) == ["new_data", "new_labels"]


def test_what_was_not_measured_outside_is_said():
    verdict = decide(evidence(field=None), evidence(new_right=72, field=None), POLICY)
    assert verdict.promote
    assert any("not judged" in reason for reason in verdict.reasons)


def test_models_judged_on_different_samples_are_not_compared():
    with pytest.raises(EvidenceError, match="new"):
        decide(evidence(), evidence(new=answers([0, 1], [True, True])), POLICY)
    with pytest.raises(EvidenceError, match="field"):
        decide(evidence(), evidence(field=None), POLICY)


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(st.booleans(), min_size=1, max_size=60),
    seed=st.integers(min_value=0, max_value=2**32 - 1),
)
def test_no_seed_makes_an_equal_challenger_better(before, seed):
    same = evidence(new=answers(np.zeros(len(before), int), before))
    assert not decide(same, same, POLICY.model_copy(update={"seed": seed})).promote


@settings(max_examples=40, deadline=None)
@given(right=st.integers(min_value=0, max_value=299), seed=st.integers(min_value=0, max_value=99))
def test_one_more_right_answer_never_speaks_against_the_challenger(right, seed):
    policy = POLICY.model_copy(update={"seed": seed, "max_ece_rise": 1.0})
    one = decide(evidence(), evidence(new_right=72, val_right=right), policy)
    more = decide(evidence(), evidence(new_right=72, val_right=right + 1), policy)
    assert more.promote >= one.promote


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_interval_holds_the_difference_and_swaps_with_the_models(data):
    size = data.draw(st.integers(min_value=1, max_value=50))
    flags = st.lists(st.booleans(), min_size=size, max_size=size)
    before, after = np.asarray(data.draw(flags)), np.asarray(data.draw(flags))
    groups = data.draw(st.lists(st.sampled_from("abcdefgh"), min_size=size, max_size=size))
    found, swapped = (
        compare(one, other, groups, num_draws=300, rng=np.random.default_rng(1))
        for one, other in ((before, after), (after, before))
    )
    assert found.low <= found.high
    assert found.low >= -1
    assert found.high <= 1
    assert found.difference == pytest.approx(-swapped.difference)
    if (before == after).all():
        assert found.low == found.high == 0


def test_photographs_of_one_leaf_count_as_one():
    before, after = np.zeros(40, bool), np.arange(40) < 20
    alone, together = (
        compare(before, after, groups, num_draws=2000, rng=np.random.default_rng(0))
        for groups in ([f"{n}" for n in range(40)], [f"{n // 10}" for n in range(40)])
    )
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_the_sign_test_is_exact():
    assert sign_test(4, 0) == pytest.approx(1 / 16)
    assert sign_test(5, 1) == pytest.approx(7 / 64)
    assert sign_test(0, 0) == 1.0
    assert 0 < sign_test(5100, 4900) < 0.05
