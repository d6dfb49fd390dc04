"""Labels that the model contradicts, and photographs that hardly differ."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.dataset.figures import Listing, ListRow
from gui.dataset.views import Choice
from gui.dataset.words import name_class, say_photos, say_share, say_sure, to_crop

if TYPE_CHECKING:
    from serve_app.loop_schemas import DatasetSummary, DoubtfulLabel, NearPair

_SHORT_HASH = 10


def draw_doubts(summary: "DatasetSummary", choice: Choice, crop: str | None) -> Listing:
    """List them as the summary does: the surest first, pairs of two labels first."""
    if choice is Choice.LABELS:
        return Listing(
            columns=("Photograph", "Labelled as", "The model says", "How sure"),
            rows=tuple(
                ListRow(
                    cells=(
                        shorten(item.sha256),
                        name_class(item.class_name),
                        name_class(item.predicted_class_name),
                        say_sure(item.probability),
                    ),
                    sha256=(item.sha256,),
                    told=f"Labelled {name_class(item.class_name)},\nthe model says "
                    f"{name_class(item.predicted_class_name)}",
                )
                for item in filter_labels(summary.doubtful_labels, crop)
            ),
        )
    return Listing(
        columns=("One", "The other", "Labelled as", "The other as"),
        rows=tuple(
            ListRow(
                cells=(
                    shorten(pair.first_sha256),
                    shorten(pair.second_sha256),
                    name_class(pair.first_class_name),
                    "the same"
                    if pair.first_class_name == pair.second_class_name
                    else name_class(pair.second_class_name),
                ),
                sha256=(pair.first_sha256, pair.second_sha256),
                told=name_class(pair.first_class_name)
                if pair.first_class_name == pair.second_class_name
                else f"{name_class(pair.first_class_name)}\nor "
                f"{name_class(pair.second_class_name)}?",
            )
            for pair in filter_pairs(summary.near_duplicates, crop)
        ),
    )


def say_doubts(summary: "DatasetSummary", choice: Choice, crop: str | None) -> str:
    """Say how many there are and where they pile up."""
    if choice is Choice.LABELS:
        labels = filter_labels(summary.doubtful_labels, crop)
        return _say_labels(summary, labels, crop)
    return _say_pairs(summary, filter_pairs(summary.near_duplicates, crop), crop)


def filter_labels(labels: Sequence["DoubtfulLabel"], crop: str | None) -> list["DoubtfulLabel"]:
    """Return those of one crop, by the label or by what the model says."""
    return [
        item
        for item in labels
        if crop is None or crop in (to_crop(item.class_name), to_crop(item.predicted_class_name))
    ]


def filter_pairs(pairs: Sequence["NearPair"], crop: str | None) -> list["NearPair"]:
    """Return those of one crop, by either label."""
    return [
        pair
        for pair in pairs
        if crop is None or crop in (to_crop(pair.first_class_name), to_crop(pair.second_class_name))
    ]


def shorten(sha256: str) -> str:
    """Return the beginning of a hash, by which the file can be found."""
    return sha256[:_SHORT_HASH]


def _say_labels(
    summary: "DatasetSummary", labels: Sequence["DoubtfulLabel"], crop: str | None
) -> str:
    num_looked_at = sum(crop is None or to_crop(name) == crop for name in summary.images.class_name)
    if not labels:
        return (
            f"The model contradicts none of the labels that it looked at ({num_looked_at:,}): "
            "nothing to check."
        )
    number = summary.num_doubtful_labels if crop is None else len(labels)
    pairs = Counter((item.class_name, item.predicted_class_name) for item in labels)
    (label, predicted), times = min(pairs.items(), key=lambda item: (-item[1], item[0]))
    told = (
        f"The model is sure of another class for {say_photos(number)} of the {num_looked_at:,} "
        "that it looked at"
    )
    if len(labels) == 1:
        return f"{told}: {name_class(label)}, which it takes for {name_class(predicted)}."
    which = f"most often ({times} times)" if times > 1 else "each time another one, the surest is"
    return (
        f"{told}, {which} {name_class(label)}, taken for {name_class(predicted)}. A person should "
        f"look at them.{_say_cut(number, len(labels))}"
    )


def _say_pairs(summary: "DatasetSummary", pairs: Sequence["NearPair"], crop: str | None) -> str:
    if not pairs:
        return "No two photographs are nearly the same."
    number = summary.num_near_duplicates if crop is None else len(pairs)
    torn = [pair for pair in pairs if pair.first_class_name != pair.second_class_name]
    share = 2 * number / summary.num_images if summary.num_images else 0.0
    count = "1 pair of photographs is" if number == 1 else f"{number:,} pairs of photographs are"
    where = f" ({say_share(min(share, 1.0))} of all)" if crop is None else ""
    if torn:
        return (
            f"{count} nearly the same{where}; {len(torn)} of them "
            f"{'carries' if len(torn) == 1 else 'carry'} two different labels, of which one must "
            f"be wrong.{_say_cut(number, len(pairs))}"
        )
    return (
        f"{count} nearly the same{where}, always with the same label: they teach nothing new, but "
        f"nothing wrong either.{_say_cut(number, len(pairs))}"
    )


def _say_cut(number: int, num_listed: int) -> str:
    return "" if number <= num_listed else f" The first {num_listed:,} are listed."
