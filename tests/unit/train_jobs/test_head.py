"""The last layer on features of a bundled model: it learns, and it does not forget."""

import numpy as np
import pytest

from train_jobs.head import (
    HEAD_CONFIGS,
    Head,
    HeadConfig,
    LabelledFeatures,
    cross_answer,
    train_head,
    weigh,
)

CONFIG = HeadConfig(name="head")


def draw(rng, centres, class_idx, *, shift=0.0):
    noise = rng.normal(scale=0.3, size=(len(class_idx), centres.shape[1]))
    return LabelledFeatures(
        features_bf=centres[class_idx] + noise + shift, class_idx_b=np.asarray(class_idx)
    )


@pytest.fixture
def world():
    """Four classes far apart, a layer that knows them, and new photographs that it misreads."""
    rng = np.random.default_rng(0)
    centres = np.eye(4, 16) * 3
    head = Head(weights_cf=np.eye(4, 16, dtype=np.float32), biases_c=np.zeros(4, np.float32))
    shift = np.zeros(16)
    shift[[2, 8]] = 4
    replayed = draw(rng, centres, np.repeat([0, 1, 2, 3], [40, 40, 40, 3]))
    new = draw(rng, centres, np.repeat([0, 1], 20), shift=shift)
    later = draw(rng, centres, np.repeat([0, 1], 20), shift=shift)
    return head, replayed, new, later


def share_right(head, labelled):
    said = head.to_logits(labelled.features_bf).argmax(axis=1)
    return (said == labelled.class_idx_b).mean()


def test_it_learns_the_new_and_keeps_the_old(world):
    head, replayed, new, later = world
    losses = []
    trained = train_head(head, replayed, new, CONFIG, on_iteration=lambda n, x: losses.append(x))
    assert share_right(head, later) < 0.1
    assert share_right(trained, later) == 1.0
    assert share_right(trained, replayed) == 1.0
    assert losses == sorted(losses, reverse=True)


def test_what_nobody_contradicts_stays_as_it_was(world):
    head, replayed, new, _ = world
    free = CONFIG.model_copy(update={"initial_share": 0.0, "pull": 1e-6})
    mild, strict = (
        train_head(head, replayed, new, free.model_copy(update={"distilled_share": share}))
        for share in (0.0, 1.0)
    )
    # Classes 2 and 3 have no news: only their labels could move what the layer says of them.
    others = replayed.features_bf[replayed.class_idx_b >= 2]
    before = head.to_logits(others)
    moved = [np.abs(layer.to_logits(others) - before).mean() for layer in (mild, strict)]
    assert moved[1] < moved[0] / 2


def test_the_order_of_the_photographs_does_not_matter(world):
    head, replayed, new, later = world
    turned = LabelledFeatures(features_bf=new.features_bf[::-1], class_idx_b=new.class_idx_b[::-1])
    one, other = (train_head(head, replayed, some, CONFIG) for some in (new, turned))
    said, said_otherwise = (layer.to_logits(later.features_bf) for layer in (one, other))
    assert np.allclose(said, said_otherwise, atol=0.05)


def test_a_strong_pull_leaves_the_layer_as_it_was(world):
    head, replayed, new, _ = world
    held = train_head(head, replayed, new, CONFIG.model_copy(update={"pull": 1e4}))
    assert np.allclose(held.weights_cf, head.weights_cf, atol=1e-3)


def test_it_stops_after_so_many_iterations(world):
    head, replayed, new, _ = world
    numbers = []
    train_head(
        head, replayed, new, HEAD_CONFIGS["smoke"], on_iteration=lambda n, x: numbers.append(n)
    )
    assert numbers == list(range(1, HEAD_CONFIGS["smoke"].max_iterations + 1))


def test_an_answer_comes_from_a_layer_that_did_not_see_the_leaf(world):
    head, replayed, new, _ = world
    wrong = LabelledFeatures(
        features_bf=new.features_bf,
        class_idx_b=np.where(np.arange(40) == 7, 1, new.class_idx_b),
    )
    groups = [f"leaf{number}" for number in range(40)]
    said = cross_answer(head, replayed, wrong, groups, CONFIG).argmax(axis=1)
    assert (said == new.class_idx_b).all()
    alone = cross_answer(head, replayed, wrong, ["leaf"] * 40, CONFIG)
    assert np.allclose(alone, head.to_logits(new.features_bf))


def test_classes_weigh_the_same_and_new_photographs_get_their_share():
    weights = weigh(np.asarray([0, 0, 0, 2]), np.asarray([0, 0, 3]), 0.4)
    assert weights.sum() == pytest.approx(1)
    assert weights[:3].sum() + weights[4:6].sum() == pytest.approx(weights[3])
    assert weights[4:6].sum() == pytest.approx(0.4 * weights[3])
    assert weights[6] == pytest.approx(weights[3])
