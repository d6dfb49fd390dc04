"""What is filmed and what is left out of it, without a screen."""

import zipfile
from pathlib import Path

import pytest

from gui.recording import programs
from gui.recording.film import HASTE, write_choice
from gui.recording.material import list_photographs, prepare
from models.images import decode_image
from models.leaf_drawing import draw_leaf, encode_jpeg


def test_all_frames_stay_but_those_of_waiting() -> None:
    assert write_choice([]) == "1"
    assert write_choice([(2.0, 9.5), (20.0, 21.0)]) == (
        f"if(between(t,2.00,9.50)+between(t,20.00,21.00),not(mod(n,{HASTE})),1)"
    )


def test_without_photographs_leaves_are_drawn_and_faults_lie_among_them(tmp_path: Path) -> None:
    material = prepare(tmp_path / "leaves", None)
    decode_image(material.leaf_path.read_bytes())
    assert len(list(material.folder.iterdir())) == 25
    with zipfile.ZipFile(material.archive_path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    good = [name for name in contents if name.rpartition("/")[2].removesuffix(".jpg").isdigit()]
    assert len(good) == 72
    assert len({name.partition("/")[0] for name in good}) == 3
    assert len(set(contents) - set(good)) == 4
    assert len(set(contents.values())) == len(contents) - 1, "one file is there twice"


def test_photographs_are_altered_before_they_are_learnt_from(tmp_path: Path) -> None:
    for class_name in ("Potato___Early_blight", "Potato___Late_blight"):
        folder = tmp_path / "val" / class_name
        folder.mkdir(parents=True)
        for seed in range(3):
            (folder / f"{seed}.jpg").write_bytes(encode_jpeg(draw_leaf(seed)))
    given = {path.read_bytes() for path in list_photographs(tmp_path / "val")}
    material = prepare(tmp_path / "leaves", tmp_path)
    with zipfile.ZipFile(material.archive_path) as archive:
        names = [name for name in archive.namelist() if name.startswith("Potato___Late_blight/00")]
        altered = [archive.read(name) for name in names]
        stored = archive.read("Potato___Late_blight/known already.jpg")
    assert len(altered) == 3
    assert not given.intersection(altered)
    assert all(decode_image(content).std(axis=-1).max() == 0 for content in altered)
    assert stored in given


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert programs.find_missing() == ["xvfb", "xdotool", "ffmpeg"]
