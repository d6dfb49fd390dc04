"""Labels: every spelling finds its class, and an unknown one is refused with a hint."""

import pytest

from models.labels import CLASS_NAMES, LABELS, UnknownLabelError, find_label, get_label


def test_there_are_38_classes_in_the_order_of_the_data_set() -> None:
    assert len(LABELS) == 38
    assert [label.dataset_label for label in LABELS] == sorted(
        label.dataset_label for label in LABELS
    )
    assert len(set(CLASS_NAMES)) == 38


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.class_name)
def test_every_own_name_finds_its_class(label) -> None:
    for spelling in (label.class_name, label.dataset_label, label.dataset_label.replace(" ", "_")):
        assert find_label(spelling) is label
    assert get_label(label.class_name) is label


@pytest.mark.parametrize(
    ("spelling", "class_name"),
    [
        ("Tomato___Late_blight", "tomato__late_blight"),
        ("Tomato_Late_blight", "tomato__late_blight"),
        ("Pepper__bell___Bacterial_spot", "bell_pepper__bacterial_spot"),
        ("Pepper__bell___healthy", "bell_pepper__healthy"),
        ("Tomato_Spider_mites_Two_spotted_spider_mite", "tomato__spider_mites"),
        ("Tomato__Tomato_YellowLeaf__Curl_Virus", "tomato__yellow_leaf_curl_virus"),
        ("Tomato__Tomato_mosaic_virus", "tomato__mosaic_virus"),
        ("Tomato__Target_Spot", "tomato__target_spot"),
        ("Corn_(maize)___Cercospora_leaf_spot_Gray_leaf_spot", "maize__gray_leaf_spot"),
    ],
)
def test_other_data_sets_spellings(spelling: str, class_name: str) -> None:
    assert find_label(spelling).class_name == class_name


def test_unknown_spelling_names_close_ones() -> None:
    with pytest.raises(UnknownLabelError, match="Tomato___Late_blight"):
        find_label("Tomato___Late_blihgt")
    with pytest.raises(UnknownLabelError, match="python -m models labels"):
        find_label("banana")
