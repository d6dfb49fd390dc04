"""Doubtful labels and near duplicates, listed and said."""

from gui.dataset.doubts import draw_doubts, say_doubts
from gui.dataset.views import Choice
from tests.unit.gui.dataset.summary_values import make_counts, make_images, make_summary

RUST, BLIGHT, HEALTHY = "maize__common_rust", "maize__northern_leaf_blight", "apple__healthy"
COUNTS = make_counts((RUST, "lab", "train", 100), (HEALTHY, "lab", "train", 100))
IMAGES = make_images([RUST] * 30 + [HEALTHY] * 10)


def test_labels_are_listed_and_the_commonest_pair_is_named() -> None:
    labels = [(RUST, BLIGHT, 0.9999), (HEALTHY, RUST, 0.98), (RUST, BLIGHT, 0.95)]
    summary = make_summary(counts=COUNTS, images=IMAGES, labels=labels)
    assert say_doubts(summary, Choice.LABELS, None) == (
        "The model is sure of another class for 3 photographs of the 40 that it looked at, most "
        "often (2 times) Maize: common rust, taken for Maize: northern leaf blight. A person "
        "should look at them."
    )
    listing = draw_doubts(summary, Choice.LABELS, None)
    assert [row.cells[3] for row in listing.rows] == ["> 99.9 %", "98.0 %", "95.0 %"]
    assert listing.get_photos(0) == ("c" * 64,)
    assert listing.rows[0].cells[0] == "c" * 10
    assert "the model says" in listing.tell(0)


def test_a_crop_is_told_by_its_own_labels() -> None:
    labels = [(RUST, BLIGHT, 0.99), (HEALTHY, RUST, 0.98)]
    summary = make_summary(counts=COUNTS, images=IMAGES, labels=labels)
    assert len(draw_doubts(summary, Choice.LABELS, "maize").rows) == 2
    assert say_doubts(summary, Choice.LABELS, "apple") == (
        "The model is sure of another class for 1 photograph of the 10 that it looked at: Apple, "
        "healthy, which it takes for Maize: common rust."
    )
    assert "each time another one" in say_doubts(summary, Choice.LABELS, "maize")


def test_a_list_that_was_cut_says_so() -> None:
    labels = [(RUST, BLIGHT, 0.99)] * 2
    summary = make_summary(counts=COUNTS, images=IMAGES, labels=labels, num_labels=500)
    said = say_doubts(summary, Choice.LABELS, None)
    assert "for 500 photographs" in said
    assert said.endswith("The first 2 are listed.")


def test_nothing_to_doubt_is_good_news() -> None:
    summary = make_summary(counts=COUNTS, images=IMAGES)
    assert "contradicts none of the labels that it looked at (40)" in say_doubts(
        summary, Choice.LABELS, None
    )
    assert say_doubts(summary, Choice.TWINS, None) == "No two photographs are nearly the same."
    assert draw_doubts(summary, Choice.TWINS, None).rows == ()


def test_pairs_of_two_labels_are_counted() -> None:
    summary = make_summary(counts=COUNTS, pairs=[(RUST, BLIGHT), (RUST, RUST)])
    assert say_doubts(summary, Choice.TWINS, None) == (
        "2 pairs of photographs are nearly the same (2 % of all); 1 of them carries two different "
        "labels, of which one must be wrong."
    )
    listing = draw_doubts(summary, Choice.TWINS, None)
    assert [row.cells[3] for row in listing.rows] == ["Maize: northern leaf blight", "the same"]
    assert listing.get_photos(1) == ("a" * 64, "b" * 64)
    assert "1 pair of photographs is" in say_doubts(
        make_summary(counts=COUNTS, pairs=[(RUST, RUST)]), Choice.TWINS, "maize"
    )
