"""The 38 classes: crop, condition, names, and every spelling that data sets use for them.

`class_name` is our slug, `dataset_label` the folder name of the New Plant Diseases Dataset.
The order of `LABELS` is the order of the model's outputs; it is written down, never read from a
folder.
"""

import difflib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One class that the model can name."""

    class_name: str
    dataset_label: str
    crop: str
    condition: str
    display_name: str
    is_healthy: bool


class UnknownLabelError(ValueError):
    """A spelling that belongs to none of the classes; the message names the closest ones."""


def _label(class_name: str, dataset_label: str, crop: str, condition: str) -> Label:
    is_healthy = condition == "healthy"
    display_name = f"{crop}, healthy" if is_healthy else f"{crop}: {condition}"
    return Label(
        class_name=class_name,
        dataset_label=dataset_label,
        crop=crop,
        condition=condition,
        display_name=display_name,
        is_healthy=is_healthy,
    )


LABELS: tuple[Label, ...] = (
    _label("apple__apple_scab", "Apple___Apple_scab", "Apple", "apple scab"),
    _label("apple__black_rot", "Apple___Black_rot", "Apple", "black rot"),
    _label("apple__cedar_apple_rust", "Apple___Cedar_apple_rust", "Apple", "cedar apple rust"),
    _label("apple__healthy", "Apple___healthy", "Apple", "healthy"),
    _label("blueberry__healthy", "Blueberry___healthy", "Blueberry", "healthy"),
    _label(
        "cherry__powdery_mildew",
        "Cherry_(including_sour)___Powdery_mildew",
        "Cherry",
        "powdery mildew",
    ),
    _label("cherry__healthy", "Cherry_(including_sour)___healthy", "Cherry", "healthy"),
    _label(
        "maize__gray_leaf_spot",
        "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot",
        "Maize",
        "gray leaf spot",
    ),
    _label("maize__common_rust", "Corn_(maize)___Common_rust_", "Maize", "common rust"),
    _label(
        "maize__northern_leaf_blight",
        "Corn_(maize)___Northern_Leaf_Blight",
        "Maize",
        "northern leaf blight",
    ),
    _label("maize__healthy", "Corn_(maize)___healthy", "Maize", "healthy"),
    _label("grape__black_rot", "Grape___Black_rot", "Grape", "black rot"),
    _label("grape__esca", "Grape___Esca_(Black_Measles)", "Grape", "esca (black measles)"),
    _label(
        "grape__leaf_blight",
        "Grape___Leaf_blight_(Isariopsis_Leaf_Spot)",
        "Grape",
        "leaf blight (Isariopsis)",
    ),
    _label("grape__healthy", "Grape___healthy", "Grape", "healthy"),
    _label(
        "orange__citrus_greening",
        "Orange___Haunglongbing_(Citrus_greening)",
        "Orange",
        "citrus greening (huanglongbing)",
    ),
    _label("peach__bacterial_spot", "Peach___Bacterial_spot", "Peach", "bacterial spot"),
    _label("peach__healthy", "Peach___healthy", "Peach", "healthy"),
    _label(
        "bell_pepper__bacterial_spot",
        "Pepper,_bell___Bacterial_spot",
        "Bell pepper",
        "bacterial spot",
    ),
    _label("bell_pepper__healthy", "Pepper,_bell___healthy", "Bell pepper", "healthy"),
    _label("potato__early_blight", "Potato___Early_blight", "Potato", "early blight"),
    _label("potato__late_blight", "Potato___Late_blight", "Potato", "late blight"),
    _label("potato__healthy", "Potato___healthy", "Potato", "healthy"),
    _label("raspberry__healthy", "Raspberry___healthy", "Raspberry", "healthy"),
    _label("soybean__healthy", "Soybean___healthy", "Soybean", "healthy"),
    _label("squash__powdery_mildew", "Squash___Powdery_mildew", "Squash", "powdery mildew"),
    _label("strawberry__leaf_scorch", "Strawberry___Leaf_scorch", "Strawberry", "leaf scorch"),
    _label("strawberry__healthy", "Strawberry___healthy", "Strawberry", "healthy"),
    _label("tomato__bacterial_spot", "Tomato___Bacterial_spot", "Tomato", "bacterial spot"),
    _label("tomato__early_blight", "Tomato___Early_blight", "Tomato", "early blight"),
    _label("tomato__late_blight", "Tomato___Late_blight", "Tomato", "late blight"),
    _label("tomato__leaf_mold", "Tomato___Leaf_Mold", "Tomato", "leaf mold"),
    _label(
        "tomato__septoria_leaf_spot",
        "Tomato___Septoria_leaf_spot",
        "Tomato",
        "Septoria leaf spot",
    ),
    _label(
        "tomato__spider_mites",
        "Tomato___Spider_mites Two-spotted_spider_mite",
        "Tomato",
        "two-spotted spider mites",
    ),
    _label("tomato__target_spot", "Tomato___Target_Spot", "Tomato", "target spot"),
    _label(
        "tomato__yellow_leaf_curl_virus",
        "Tomato___Tomato_Yellow_Leaf_Curl_Virus",
        "Tomato",
        "yellow leaf curl virus",
    ),
    _label("tomato__mosaic_virus", "Tomato___Tomato_mosaic_virus", "Tomato", "mosaic virus"),
    _label("tomato__healthy", "Tomato___healthy", "Tomato", "healthy"),
)

CLASS_NAMES: tuple[str, ...] = tuple(label.class_name for label in LABELS)

# Spellings that differ by more than case and punctuation: the original PlantVillage set, its
# 15-class subset and the copies of it that people pass around.
_OTHER_SPELLINGS: dict[str, tuple[str, ...]] = {
    "apple__cedar_apple_rust": ("Apple cedar rust", "Cedar apple rust"),
    "cherry__powdery_mildew": ("Cherry___Powdery_mildew", "Cherry_(sour)___Powdery_mildew"),
    "cherry__healthy": ("Cherry___healthy", "Cherry_(sour)___healthy"),
    "maize__gray_leaf_spot": (
        "Corn___Cercospora_leaf_spot Gray_leaf_spot",
        "Corn_(maize)___Cercospora_leaf_spot_Gray_leaf_spot",
        "Corn___Gray_leaf_spot",
        "Corn Gray leaf spot",
        "Corn_(maize)___Gray_leaf_spot",
    ),
    "maize__common_rust": ("Corn___Common_rust", "Corn rust leaf"),
    "maize__northern_leaf_blight": ("Corn___Northern_Leaf_Blight",),
    "maize__healthy": ("Corn___healthy",),
    "grape__esca": ("Grape___Black_Measles", "Grape___Esca"),
    "grape__leaf_blight": ("Grape___Isariopsis_Leaf_Spot", "Grape___Leaf_blight"),
    "orange__citrus_greening": (
        "Orange___Huanglongbing_(Citrus_greening)",
        "Orange___Citrus_greening",
    ),
    "bell_pepper__bacterial_spot": (
        "Pepper__bell___Bacterial_spot",
        "Pepper_bell___Bacterial_spot",
        "Pepper___Bacterial_spot",
        "Bell_pepper leaf spot",
    ),
    "bell_pepper__healthy": ("Pepper__bell___healthy", "Pepper___healthy", "Bell_pepper leaf"),
    "tomato__spider_mites": (
        "Tomato_Spider_mites_Two_spotted_spider_mite",
        "Tomato___Spider_mites",
        "Tomato___Two-spotted_spider_mite",
    ),
    "tomato__target_spot": ("Tomato__Target_Spot",),
    "tomato__yellow_leaf_curl_virus": (
        "Tomato__Tomato_YellowLeaf__Curl_Virus",
        "Tomato___Yellow_Leaf_Curl_Virus",
    ),
    "tomato__mosaic_virus": ("Tomato__Tomato_mosaic_virus", "Tomato___mosaic_virus"),
    "tomato__leaf_mold": ("Tomato___Leaf_mould",),
}


def _fold(spelling: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", spelling.casefold())


_BY_CLASS_NAME = {label.class_name: label for label in LABELS}
_BY_SPELLING = {
    _fold(spelling): label
    for label in LABELS
    for spelling in (
        label.class_name,
        label.dataset_label,
        label.display_name,
        *_OTHER_SPELLINGS.get(label.class_name, ()),
    )
}


def find_label(spelling: str) -> Label:
    """Find the class that a data set calls `spelling` (case and punctuation do not matter).

    Raises:
        UnknownLabelError: no class has that name; the message names up to three close ones.
    """
    label = _BY_SPELLING.get(_fold(spelling))
    if label is None:
        raise UnknownLabelError(_unknown_message(spelling))
    return label


def get_label(class_name: str) -> Label:
    """Return the class with this slug.

    Raises:
        UnknownLabelError: no class has that slug.
    """
    label = _BY_CLASS_NAME.get(class_name)
    if label is None:
        raise UnknownLabelError(_unknown_message(class_name))
    return label


def _unknown_message(spelling: str) -> str:
    close = difflib.get_close_matches(_fold(spelling), _BY_SPELLING, n=8, cutoff=0.5)
    names = list(dict.fromkeys(_BY_SPELLING[key].dataset_label for key in close))[:3]
    hint = f"; did you mean {' or '.join(names)}?" if names else ""
    return (
        f"unknown class name {spelling[:80]!r}{hint} "
        "(`python -m models labels` lists the names that are known)"
    )
