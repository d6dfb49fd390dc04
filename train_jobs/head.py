"""Train the last layer alone, on features: seconds on a CPU, and nothing old is forgotten unseen.

The layer starts as the champion's and is pulled back to it, so that only what the new photographs
say with some weight moves it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from models.calibration import softmax

_NUM_FOLDS = 3


class HeadConfig(BaseModel):
    """All that decides how the last layer is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    max_iterations: int = Field(default=60, ge=1, le=1000)
    pull: float = Field(default=1e-4, gt=0)
    """Weight of the squared distance to the champion's layer."""
    initial_share: float = Field(default=0.35, ge=0, lt=1)
    """Share of the champion's layer in the outcome (WiSE-FT, Wortsman et al. 2022): of 986
    validation leaves 5 are lost and 4 gained instead of 11 and 5, and of new photographs from
    outside 65 % are right instead of 67 %, where the champion had 38 %."""
    distilled_share: float = Field(default=0.7, ge=0, le=1)
    """What replayed photographs shall answer is so far what the champion says of them (learning
    without forgetting, Li and Hoiem 2016), the rest their label. With labels alone the layer moved
    without any news: of 129 photographs from outside 5 were lost and 2 gained whatever was new.
    With 0.7 one is lost and one gained; of new ones from outside 66 % are right instead of 63 %."""
    new_share: float = Field(default=0.3, gt=0, lt=1)
    """Of the weight of a class: what its new photographs get, however many they are."""
    label_smoothing: float = Field(default=0.05, ge=0, lt=1)
    replay_images_per_class: int = Field(default=48, ge=1)
    """New photographs of each class whose features the new artifact carries."""

    def hash(self) -> str:
        """Return eight hexadecimal digits that change with any field."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]


HEAD_CONFIGS: dict[str, HeadConfig] = {
    config.name: config
    for config in (
        HeadConfig(name="head"),
        # Bounds small enough for tests: proves the way, learns little.
        HeadConfig(name="smoke", max_iterations=5),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A last layer: logits = features @ weights.T + biases."""

    weights_cf: NDArray[np.float32]
    biases_c: NDArray[np.float32]

    def to_logits(self, features_bf: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the logits (batch, classes) of features (batch, channels)."""
        return np.asarray(features_bf.astype(np.float32) @ self.weights_cf.T + self.biases_c)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFeatures:
    """Features (batch, channels) with their classes."""

    features_bf: NDArray[np.floating]
    class_idx_b: NDArray[np.int64]


def train_head(
    champion: Head,
    replayed: LabelledFeatures,
    new: LabelledFeatures,
    config: HeadConfig,
    *,
    on_iteration: Callable[[int, float], None] | None = None,
) -> Head:
    """Minimise the weighted cross-entropy on both, plus the pull to the champion's layer.

    Classes weigh the same, however many photographs each has.
    The problem is convex and nothing is drawn (L-BFGS, Liu and Nocedal 1989): the same photographs
    give the same layer. `on_iteration` is told the number and the loss of each iteration.
    """
    features_bf = np.concatenate([replayed.features_bf, new.features_bf]).astype(np.float32)
    inputs_bf = np.concatenate([features_bf, np.ones((len(features_bf), 1), np.float32)], axis=1)
    class_idx_b = np.concatenate([replayed.class_idx_b, new.class_idx_b])
    weights_b = weigh(replayed.class_idx_b, new.class_idx_b, config.new_share)
    num_classes = len(champion.biases_c)
    targets_bc = np.full(
        (len(class_idx_b), num_classes), config.label_smoothing / num_classes, np.float32
    )
    targets_bc[np.arange(len(class_idx_b)), class_idx_b] += 1 - config.label_smoothing
    said_bc = softmax(champion.to_logits(replayed.features_bf))
    replayed_bc = targets_bc[: len(said_bc)]
    replayed_bc += config.distilled_share * (said_bc - replayed_bc)
    start_cf = np.concatenate([champion.weights_cf, champion.biases_c[:, None]], axis=1)

    def compute_loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        layer_cf = flat.reshape(start_cf.shape)
        logits_bc = inputs_bf @ layer_cf.T.astype(np.float32)
        probs_bc = softmax(logits_bc)
        apart_cf = layer_cf - start_cf
        fit = -(weights_b[:, None] * targets_bc * np.log(np.clip(probs_bc, 1e-12, None))).sum()
        slope_bc = (weights_b[:, None] * (probs_bc - targets_bc)).astype(np.float32)
        gradient_cf = (slope_bc.T @ inputs_bf).astype(np.float64) + config.pull * apart_cf
        return float(fit + 0.5 * config.pull * (apart_cf**2).sum()), gradient_cf.ravel()

    num_iterations = 0

    def tell(intermediate_result: object) -> None:
        nonlocal num_iterations
        num_iterations += 1
        if on_iteration is not None:
            on_iteration(num_iterations, float(getattr(intermediate_result, "fun", np.nan)))

    # One thread: beside a busy service two wait for each other, and 60 iterations took 116 s
    # instead of seconds.
    with threadpool_limits(1):
        found = minimize(
            compute_loss,
            start_cf.astype(np.float64).ravel(),
            jac=True,
            method="L-BFGS-B",
            callback=tell,
            options={"maxiter": config.max_iterations},
        )
    trained_cf = found.x.reshape(start_cf.shape)
    layer_cf = (trained_cf + config.initial_share * (start_cf - trained_cf)).astype(np.float32)
    return Head(weights_cf=layer_cf[:, :-1].copy(), biases_c=layer_cf[:, -1].copy())


def cross_answer(
    champion: Head,
    replayed: LabelledFeatures,
    new: LabelledFeatures,
    group_ids: Sequence[str],
    config: HeadConfig,
) -> NDArray[np.float32]:
    """Return the logits of each new photograph by a layer that learned from other leaves only.

    It asks what can be learned from the labels, so the champion's layer gets no share.
    """
    config = config.model_copy(update={"initial_share": 0.0})
    _, group_b = np.unique(np.asarray(group_ids), return_inverse=True)
    num_folds = min(_NUM_FOLDS, int(group_b.max()) + 1)
    fold_of_group = np.random.default_rng(0).permutation(int(group_b.max()) + 1) % num_folds
    fold_b = fold_of_group[group_b]
    logits_bc = champion.to_logits(new.features_bf)
    for fold in range(num_folds if num_folds > 1 else 0):
        is_asked_b = fold_b == fold
        others = LabelledFeatures(
            features_bf=new.features_bf[~is_asked_b], class_idx_b=new.class_idx_b[~is_asked_b]
        )
        head = train_head(champion, replayed, others, config)
        logits_bc[is_asked_b] = head.to_logits(new.features_bf[is_asked_b])
    return logits_bc


def weigh(
    replayed_idx_b: NDArray[np.int64], new_idx_b: NDArray[np.int64], new_share: float
) -> NDArray[np.float64]:
    """Return weights of the replayed and then the new photographs, 1 in all.

    Every class weighs the same, and `new_share` of a class's weight is its new photographs', where
    it has any. Were the new ones to share a weight of their own, the few classes that they are of
    would push the others aside.
    """
    num_classes = int(max(replayed_idx_b.max(initial=0), new_idx_b.max(initial=0))) + 1
    old_c = np.bincount(replayed_idx_b, minlength=num_classes)
    new_c = np.bincount(new_idx_b, minlength=num_classes)
    new_share_c = np.where(new_c == 0, 0.0, np.where(old_c == 0, 1.0, new_share))
    weights_b = np.concatenate(
        [
            ((1 - new_share_c) / np.maximum(old_c, 1))[replayed_idx_b],
            (new_share_c / np.maximum(new_c, 1))[new_idx_b],
        ]
    )
    return np.asarray(weights_b / weights_b.sum())
