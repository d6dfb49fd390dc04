"""What the tab keeps of its pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from gui.diagnose.answers import Subject
from gui.diagnose.explanation import Explanation
from gui.diagnose.pictures import Pictures
from gui.diagnose.previews import create_preview
from tests.unit.gui.diagnose.test_diagnose_state import DIAGNOSIS

IMAGE = np.zeros((20, 20, 3), dtype=np.uint8)


def test_every_thumbnail_is_kept_and_few_large_previews() -> None:
    pictures = Pictures()
    preview = create_preview(IMAGE)
    for photo_idx in range(20):
        pictures.put(photo_idx, preview, shown_idx=0)
    assert all(pictures.get_thumbnail(photo_idx) is not None for photo_idx in range(20))
    assert pictures.get_large(0) is not None
    assert pictures.get_large(5) is None
    assert pictures.get_large(19) is not None
    pictures.clear()
    assert pictures.get_thumbnail(0) is None


def test_few_heat_maps_are_kept_each_for_its_answer() -> None:
    pictures = Pictures()
    subjects = [Subject(path=Path(f"{idx}.jpg"), diagnosis=DIAGNOSIS) for idx in range(20)]
    for subject in subjects:
        pictures.put_explanation(subject, Explanation(heat=IMAGE, references=()))
    assert pictures.get_heat(subjects[0]) is None
    assert pictures.get_heat(subjects[-1]) is IMAGE
    other_answer = replace(subjects[-1], diagnosis=replace(DIAGNOSIS, model_version="v2"))
    assert pictures.get_heat(other_answer) is None
    assert pictures.get_heat(None) is None
