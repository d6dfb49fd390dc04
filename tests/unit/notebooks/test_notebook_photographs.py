"""The photographs of a notebook: few, the same each time, and spoilt only in a copy."""

from pathlib import Path

import pytest

from cluster.storage import Layout
from models.images import list_images
from notebooks.faults import plant_faults
from notebooks.photographs import FEW_LABELS, draw_photographs, take_photographs
from notebooks.workspace import WorkspaceError, open_workspace
from train_jobs.prepare import prepare
from train_jobs.slices import find_slices


@pytest.fixture(scope="module")
def drawn_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    draw_photographs(folder, images_per_class=6)
    return folder


def test_drawn_leaves_fill_every_slice(drawn_dir):
    slices = find_slices(drawn_dir / "val", frozenset())
    assert set(slices.known) == {"val", "field", "domain"}
    assert set(slices.unknown) == {"cloud", "noise"}
    assert len(slices.scenes) == 6
    assert len(slices.known["val"]) == 3 * len(FEW_LABELS)


def test_a_bounded_part_keeps_its_leaf_groups(drawn_dir, tmp_path):
    source_dir = tmp_path / "all"
    draw_photographs(source_dir, images_per_class=6)
    names = [path.relative_to(source_dir) for path in list_images([source_dir / "train"])]
    rows = [f"{name},{'one-leaf' if FEW_LABELS[0] in name.parts else name.stem}" for name in names]
    (source_dir / "manifest.csv").write_text("\n".join(["path,group_id", *rows]))

    part_dir = tmp_path / "part"
    take_photographs(source_dir, part_dir, images_per_class=3, dataset_labels=FEW_LABELS[:2])
    assert sorted(child.name for child in (part_dir / "train").iterdir()) == sorted(FEW_LABELS[:2])
    assert len(list_images([part_dir / "train"])) == 2 * 3
    assert len(list_images([part_dir / "backgrounds"])) == 3
    report = prepare(Layout(home=tmp_path / "home"), part_dir / "train").report
    assert report.leaves_by_group_size[3] == 1


def test_planted_faults_are_what_prepare_finds(tmp_path):
    draw_photographs(tmp_path / "leaves", images_per_class=40)
    original = {path: path.read_bytes() for path in list_images([tmp_path / "leaves"])}
    take_photographs(tmp_path / "leaves", tmp_path / "spoilt", images_per_class=40)
    planted = plant_faults(tmp_path / "spoilt")
    prepared = prepare(Layout(home=tmp_path / "home"), tmp_path / "spoilt" / "train")

    found = {Path(item.path).name: item.code for item in prepared.rejections}
    wanted = {
        "copied": "duplicate",
        "other_label": "conflicting_labels",
        "resaved": "leaf_in_train",
    }
    for ending, code in wanted.items():
        (name,) = [name for name in planted if name.endswith(f"{ending}.jpg")]
        assert found[name] == code
    assert {path: path.read_bytes() for path in original} == original


def test_a_folder_or_number_that_cannot_be_used_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFRAY_DATA", str(tmp_path))
    monkeypatch.delenv("LEAFRAY_NOTEBOOK_IMAGES", raising=False)
    with pytest.raises(WorkspaceError, match="lacks the folders train, val, ood"):
        open_workspace(images_per_class=2)
    monkeypatch.setenv("LEAFRAY_NOTEBOOK_IMAGES", "many")
    with pytest.raises(WorkspaceError, match="LEAFRAY_NOTEBOOK_IMAGES='many'"):
        open_workspace(images_per_class=2)
