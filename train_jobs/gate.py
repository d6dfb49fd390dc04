"""The gate: whether a challenger may take the champion's place. Pure; numbers in, a verdict out.

Both models are judged on the same samples, so every comparison is paired: what counts is where
they differ. Samples of one leaf are drawn together, since they are right or wrong together.
"""

from dataclasses import dataclass

import numpy as np

from models.metrics import ece
from train_jobs.gate_values import (
    Answers,
    ClassVerdict,
    Evidence,
    EvidenceError,
    GatePolicy,
    Verdict,
)
from train_jobs.paired import Comparison, compare, sign_test


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    name: str
    is_passed: bool
    words: str
    numbers: dict[str, float]


def decide(champion: Evidence, challenger: Evidence, policy: GatePolicy) -> Verdict:
    """Decide whether the challenger may serve; the same evidence gives the same verdict.

    Raises:
        EvidenceError: the two were judged on different samples.
    """
    _check_paired(champion, challenger)
    rng = np.random.default_rng(policy.seed)
    by_class = _judge_classes(champion, challenger, policy)
    checks = [
        _check_overall(champion, challenger, policy, rng),
        _check_classes(by_class),
        _check_new(champion, challenger, policy, rng),
        _check_labels(challenger, policy, rng),
        _check_field(champion, challenger, policy, rng),
        _check_calibration(champion, challenger, policy),
        *_check_refusal(champion, challenger, policy),
        _check_latency(champion, challenger, policy),
        _check_memory(champion, challenger, policy),
    ]
    failed = [check for check in checks if not check.is_passed]
    return Verdict(
        promote=not failed,
        reasons=tuple(check.words for check in failed or checks),
        checks={check.name: check.is_passed for check in checks},
        numbers={
            f"{check.name}/{name}": value
            for check in checks
            for name, value in check.numbers.items()
        },
        by_class=by_class,
    )


def _check_paired(champion: Evidence, challenger: Evidence) -> None:
    if champion.class_names != challenger.class_names:
        raise EvidenceError("champion and challenger tell different classes apart")
    for name in ("val", "new", "field"):
        one, other = getattr(champion, name), getattr(challenger, name)
        if (one is None) != (other is None) or (one and one.sample_ids != other.sample_ids):
            raise EvidenceError(
                f"champion and challenger were judged on different samples ({name}); judge both "
                "on the same ones"
            )


def _check_overall(
    champion: Evidence, challenger: Evidence, policy: GatePolicy, rng: np.random.Generator
) -> _Check:
    found = _compare_answers(champion.val, challenger.val, policy, rng)
    return _Check(
        name="overall",
        is_passed=found.low >= -policy.max_overall_loss,
        words=f"validation: right on {found.say()}; at most {policy.max_overall_loss:.1%} may be "
        "lost, at the interval's lower end",
        numbers=_to_numbers(found),
    )


def _judge_classes(
    champion: Evidence, challenger: Evidence, policy: GatePolicy
) -> dict[str, ClassVerdict]:
    by_class: dict[str, ClassVerdict] = {}
    before_b, after_b = champion.val.is_correct_b, challenger.val.is_correct_b
    for index, name in enumerate(champion.class_names):
        is_of_class_b = champion.val.class_idx_b == index
        num_samples = int(is_of_class_b.sum())
        if not num_samples:
            continue
        net_lost = int(before_b[is_of_class_b].sum()) - int(after_b[is_of_class_b].sum())
        allowed_lost = int(policy.max_class_loss * num_samples)
        by_class[name] = ClassVerdict(
            num_samples=num_samples,
            champion=float(before_b[is_of_class_b].mean()),
            challenger=float(after_b[is_of_class_b].mean()),
            net_lost=net_lost,
            allowed_lost=allowed_lost,
            is_few=num_samples < policy.few_samples,
            is_worse=net_lost > allowed_lost,
        )
    return by_class


def _check_classes(by_class: dict[str, ClassVerdict]) -> _Check:
    worse = {name: found for name, found in by_class.items() if found.is_worse}
    num_few = sum(found.is_few for found in by_class.values())
    said = "; ".join(
        f"{name} {found.champion:.0%} -> {found.challenger:.0%} of {found.num_samples} "
        f"({found.net_lost} lost, {found.allowed_lost} allowed)"
        for name, found in worse.items()
    )
    return _Check(
        name="classes",
        is_passed=not worse,
        words=f"classes that became worse: {said or 'none'} (of {len(by_class)}; {num_few} have so "
        "few samples that none of them may be lost)",
        numbers={
            "num_worse": len(worse),
            "num_judged": len(by_class),
            "num_few": num_few,
            "most_lost": max((found.net_lost for found in by_class.values()), default=0),
        },
    )


def _check_new(
    champion: Evidence, challenger: Evidence, policy: GatePolicy, rng: np.random.Generator
) -> _Check:
    found = _compare_answers(champion.new, challenger.new, policy, rng)
    num_leaves = len(set(champion.new.group_ids))
    gains_b = challenger.new.is_correct_b.astype(int) - champion.new.is_correct_b.astype(int)
    num_gained, num_lost = int((gains_b > 0).sum()), int((gains_b < 0).sum())
    chance = sign_test(num_gained, num_lost)
    return _Check(
        name="new_data",
        is_passed=found.low > policy.min_new_gain
        and chance <= policy.max_chance
        and num_leaves >= policy.min_new_leaves,
        words=f"new data set aside: right on {found.say()}; {num_gained} gained, {num_lost} lost, "
        f"by chance {chance:.1%}; asked for is more than {policy.min_new_gain:.1%} at the "
        f"interval's lower end, {policy.max_chance:.0%} chance at most, on "
        f"{policy.min_new_leaves} leaves or more (here {num_leaves})",
        numbers={
            **_to_numbers(found),
            "num_gained": num_gained,
            "num_lost": num_lost,
            "chance": chance,
            "num_leaves": num_leaves,
        },
    )


def _check_labels(challenger: Evidence, policy: GatePolicy, rng: np.random.Generator) -> _Check:
    """Judge whether the new labels can be right.

    Wrong labels fall on sure and unsure answers alike, hard photographs on unsure ones alone. So
    the surer half of the answers is asked: of 263 real photographs from outside it agreed with 82 %
    of the labels, and with 51 % once 30 % of them had been made wrong.
    """
    answers = challenger.learned
    confidence_b = answers.probs_bc.max(axis=1)
    is_sure_b = confidence_b >= (np.median(confidence_b) if len(confidence_b) else 0)
    is_right_b = answers.is_correct_b[is_sure_b]
    found = compare(
        np.zeros_like(is_right_b),
        is_right_b,
        [answers.group_ids[row] for row in np.flatnonzero(is_sure_b)],
        num_draws=policy.num_draws,
        rng=rng,
    )
    return _Check(
        name="new_labels",
        is_passed=found.low >= policy.min_label_agreement,
        words=f"labels of the new data: a model that learned from others of them agrees with "
        f"{found.challenger:.1%} of the {found.num_samples} that it is surest of (95 % interval "
        f"{found.low:.1%} to {found.high:.1%}); below {policy.min_label_agreement:.0%} at the "
        "lower end labels are wrong, or too few to learn from: look through them",
        numbers={
            "agreed": found.challenger,
            "low": found.low,
            "high": found.high,
            "num_samples": found.num_samples,
            "agreed_of_all": float(answers.is_correct_b.sum()) / max(1, len(confidence_b)),
        },
    )


def _check_field(
    champion: Evidence, challenger: Evidence, policy: GatePolicy, rng: np.random.Generator
) -> _Check:
    if champion.field is None or challenger.field is None:
        return _Check(
            name="field",
            is_passed=True,
            words="photographs from outside: not judged, the champion carries none set aside",
            numbers={"num_samples": 0},
        )
    found = _compare_answers(champion.field, challenger.field, policy, rng)
    return _Check(
        name="field",
        is_passed=found.difference >= -policy.max_field_loss,
        words=f"photographs from outside: right on {found.say()}; at most "
        f"{policy.max_field_loss:.1%} may be lost",
        numbers=_to_numbers(found),
    )


def _check_calibration(champion: Evidence, challenger: Evidence, policy: GatePolicy) -> _Check:
    before = ece(champion.val.probs_bc, champion.val.class_idx_b)
    after = ece(challenger.val.probs_bc, challenger.val.class_idx_b)
    return _Check(
        name="calibration",
        is_passed=after <= before + policy.max_ece_rise,
        words=f"calibration error on validation: {before:.3f} -> {after:.3f}; it may rise by "
        f"{policy.max_ece_rise:.3f}",
        numbers={"champion": before, "challenger": after},
    )


def _check_refusal(
    champion: Evidence, challenger: Evidence, policy: GatePolicy
) -> tuple[_Check, _Check]:
    known = (
        float(champion.val.is_refused_b.mean()),
        float(challenger.val.is_refused_b.mean()),
    )
    strangers = (
        float(champion.is_stranger_refused_b.mean()),
        float(challenger.is_stranger_refused_b.mean()),
    )
    return (
        _Check(
            name="known_refused",
            is_passed=known[1] <= known[0] + policy.max_known_refused_rise,
            words=f"known leaves refused as unknown: {known[0]:.1%} -> {known[1]:.1%}; it may rise "
            f"by {policy.max_known_refused_rise:.1%}",
            numbers={"champion": known[0], "challenger": known[1]},
        ),
        _Check(
            name="strangers_refused",
            is_passed=strangers[1] >= strangers[0] - policy.max_stranger_refused_loss,
            words=f"leaves of a class taken out of the memory, refused: {strangers[0]:.1%} -> "
            f"{strangers[1]:.1%}; it may fall by {policy.max_stranger_refused_loss:.1%}",
            numbers={"champion": strangers[0], "challenger": strangers[1]},
        ),
    )


def _check_latency(champion: Evidence, challenger: Evidence, policy: GatePolicy) -> _Check:
    before, after = champion.latency_p95_ms, challenger.latency_p95_ms
    limit = max(before * policy.max_latency_ratio, before + policy.max_latency_rise_ms)
    return _Check(
        name="latency",
        is_passed=after <= limit,
        words=f"inference of one photograph, p95: {before:.1f} -> {after:.1f} ms, "
        f"{limit:.1f} ms at most",
        numbers={"champion": before, "challenger": after},
    )


def _check_memory(champion: Evidence, challenger: Evidence, policy: GatePolicy) -> _Check:
    before, after = champion.memory_mb, challenger.memory_mb
    limit = before * policy.max_memory_ratio
    return _Check(
        name="memory",
        is_passed=after <= limit,
        words=f"memory of a process that serves it: {before:.0f} -> {after:.0f} MB, "
        f"{limit:.0f} MB at most",
        numbers={"champion": before, "challenger": after},
    )


def _compare_answers(
    champion: Answers, challenger: Answers, policy: GatePolicy, rng: np.random.Generator
) -> Comparison:
    return compare(
        champion.is_correct_b,
        challenger.is_correct_b,
        champion.group_ids,
        num_draws=policy.num_draws,
        rng=rng,
    )


def _to_numbers(found: Comparison) -> dict[str, float]:
    return {name: float(value) for name, value in found.model_dump().items()}
