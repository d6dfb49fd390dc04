"""The model card for people: what the model is for, how good it is, where it fails."""

from collections.abc import Mapping
from pathlib import Path

from models.artifact import Card
from models.labels import get_label
from train_jobs.evaluate import ClassReport

_SLICE_NAMES = {
    "val": "laboratory photographs of leaves that were never trained on",
    "field": "photographs from outside, other leaves than in training",
    "upload": "photographs of uploads, of leaves that were set aside",
    "domain": "another camera and country, plain background, other leaves than in training",
}
_CHANGE_NAMES = {
    "val_jpeg_30": "JPEG at quality 30",
    "val_blurred": "blurred (1.5 px)",
    "val_rotated": "turned by 20 degrees",
    "val_dark": "half as bright",
    "val_background_swapped": "on another background",
}
_WEAK_RECALL = 0.9
RETRAIN_PREFIX = "retrain-"
"""Of `Card.train_config`, where the last layer alone was trained anew."""


def write_model_card(path: Path, card: Card, classes: Mapping[str, ClassReport]) -> None:
    """Write the card as Markdown; every number comes from the card or the classes given."""
    start = "ImageNet weights" if card.initial_model is None else f"Model {card.initial_model}"
    lines = [
        f"# Leafray model {card.model_version}",
        "",
        f"Tells {len(card.class_names)} classes (crop and condition) from one photograph of one "
        f"leaf. {card.architecture}; {start} {_say_training(card)} on dataset "
        f"version {card.dataset_version}; made {card.created[:10]} from commit {card.code_commit}.",
        "",
        "## For what, and for what not",
        "For a first opinion beside a person who knows the crop. Not for deciding on a treatment "
        "alone, not for plants or conditions outside the list below, not for several leaves at "
        "once.",
        "",
        "## How good",
        "| photographs | number | top-1 | top-3 | macro F1 | calibration error |",
        "|---|---|---|---|---|---|",
    ]
    for name, title in _SLICE_NAMES.items():
        if name in card.metrics:
            row = card.metrics[name]
            lines.append(
                f"| {title} | {row['num_images']:.0f} | {row['top1_accuracy']:.1%} | "
                f"{row['top3_accuracy']:.1%} | {row['macro_f1']:.3f} | {row['ece']:.3f} |"
            )
    val = card.metrics["val"]
    lines.append("")
    if "well_covered_num_images" in val:
        lines.append(
            f"On the {val['well_covered_num_images']:.0f} photographs of well covered classes "
            f"top-1 is {val['well_covered_top1_accuracy']:.1%}."
        )
    lines += [
        "The validation photographs also chose the checkpoint, the temperature and the thresholds, "
        "so these figures are slightly kind.",
        "",
        "Laboratory photographs are easy; **outside, the model is weaker**: read the rows above "
        "before you trust it in a field. Photographs from outside were of few kinds (mostly maize, "
        "and potato on a plain sheet), and training saw other leaves of the same kinds: of any "
        "other crop in a field nothing was measured.",
        "",
        "## What it does not know",
        f"A score ({card.ood.method}) marks strangers as unknown; its threshold keeps "
        f"{card.ood.known_kept_fraction:.0%} of known laboratory leaves.",
        "",
        "| strangers | number | told apart (AUROC) | refused |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name.removeprefix('ood_')} | {row['num_images']:.0f} | {row['auroc']:.3f} | "
        f"{row['unknown_refused_fraction']:.0%} |"
        for name, row in card.metrics.items()
        if name.startswith("ood_")
    ]
    if "unknown_scores" in card.metrics:
        compared = ", ".join(
            f"{name.removesuffix('_auroc')} {value:.3f}"
            for name, value in card.metrics["unknown_scores"].items()
        )
        lines += ["", f"All strangers together, by each score that was tried (AUROC): {compared}."]
    lines += _describe_quality(card)
    lines += _describe_changes(card)
    weak = {name: row for name, row in classes.items() if row.recall < _WEAK_RECALL}
    lines += ["", "## Weak classes (recall below 90 %)"]
    lines += [
        f"- {get_label(name).display_name}: {row.recall:.0%} of {row.num_images} "
        f"(95 % interval {row.recall_low:.0%} to {row.recall_high:.0%})"
        for name, row in sorted(weak.items(), key=lambda item: item[1].recall)
    ] or ["None."]
    lines += ["", "## Classes"]
    lines += [f"- {get_label(name).display_name}" for name in card.class_names]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _say_training(card: Card) -> str:
    config = card.train_config.rsplit("-", 1)[0]
    if config.startswith(RETRAIN_PREFIX):
        config = config.removeprefix(RETRAIN_PREFIX)
        return f"with a new last layer by `python -m train_jobs retrain --config {config}`"
    return f"fine-tuned by `python -m train_jobs train --config {config}`"


def _describe_quality(card: Card) -> list[str]:
    if "photo_quality" not in card.metrics:
        return []
    row = card.metrics["photo_quality"]
    lines = [
        "",
        f"Photographs that nobody could diagnose are refused too; how often that hit one of "
        f"{row['num_images']:.0f} good ones, and one that was spoilt:",
        "",
        "| refused as | if | good ones refused | spoilt ones refused |",
        "|---|---|---|---|",
    ]
    limits = card.quality
    for code, rule in (
        ("too_small", f"shorter side below {limits.min_side_px} px"),
        ("too_dark", f"95 % of the pixels darker than {limits.min_brightness:g} of 255"),
        ("blurred", f"another blur takes less than {1 - 1 / limits.min_sharpness:.0%} of detail"),
    ):
        lines.append(
            f"| {code} | {rule} | {row[f'{code}_false_refusal_fraction']:.2%} | "
            f"{row[f'{code}_caught_fraction']:.0%} |"
        )
    return lines


def _describe_changes(card: Card) -> list[str]:
    lines = ["", "## Under other conditions", "| laboratory photographs | top-1 | lost |"]
    lines.append("|---|---|---|")
    for name, title in _CHANGE_NAMES.items():
        if name in card.metrics:
            row = card.metrics[name]
            lines.append(
                f"| {title} | {row['top1_accuracy']:.1%} | {100 * row['lost']:.1f} points |"
            )
    if "val_background_only" in card.metrics:
        row = card.metrics["val_background_only"]
        lines += [
            "",
            f"With the leaf taken out of {row['num_images']:.0f} of them, what is left still tells "
            f"the class in {row['top1_accuracy']:.1%} (chance: {1 / len(card.class_names):.1%}); "
            f"{1 - row['known_fraction']:.1%} of these are answered as unknown.",
        ]
    return lines
