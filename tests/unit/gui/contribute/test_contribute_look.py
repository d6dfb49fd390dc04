"""The look at a folder or a zip on this machine, before anything is sent."""

import io
import threading
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from gui.contribute.look import look
from gui.contribute.sender import to_sent_name
from gui.contribute.sources import MAX_FILES, open_source, read_photo
from gui.contribute.values import LocalPhoto
from models.images import ImageError
from models.leaf_drawing import draw_leaf, encode_jpeg

BLIGHT, HEALTHY = "Tomato___Late_blight", "Tomato healthy"


def leaf(seed: int) -> bytes:
    return encode_jpeg(draw_leaf(seed, size_px=96))


def make_tiny() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), (0, 200, 0)).save(buffer, "PNG")
    return buffer.getvalue()


FILES = {
    f"{BLIGHT}/1.jpg": leaf(1),
    f"{BLIGHT}/2.jpg": leaf(2),
    f"{HEALTHY}/3.jpg": leaf(3),
    f"{HEALTHY}/again.jpg": leaf(3),
    f"{HEALTHY}/tiny.png": make_tiny(),
    f"{HEALTHY}/cut.jpg": leaf(4)[:600],
    "from the phone/5.jpg": leaf(5),
    "both/1.jpg": b"",
}


@pytest.fixture(params=["folder", "zip"])
def source(request, tmp_path: Path) -> Path:
    """The same files as a folder and as a zip."""
    if request.param == "folder":
        root = tmp_path / "photos"
        for name, content in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        return root
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return path


def look_at(path: Path, labels: Path | None = None) -> tuple[tuple[LocalPhoto, ...], str | None]:
    return look(path, labels, tell=lambda _done, _total: None, is_wanted=lambda: True)


def test_every_file_is_told_with_its_label_or_its_fault(source):
    photos, problem = look_at(source)
    assert problem is None
    found = {photo.name: photo.class_name or photo.fault for photo in photos}
    assert found == {
        f"{BLIGHT}/1.jpg": "tomato__late_blight",
        f"{BLIGHT}/2.jpg": "tomato__late_blight",
        f"{HEALTHY}/3.jpg": "tomato__healthy",
        f"{HEALTHY}/again.jpg": "duplicate",
        f"{HEALTHY}/tiny.png": "too_small",
        f"{HEALTHY}/cut.jpg": "truncated",
        "from the phone/5.jpg": "unknown_label",
        "both/1.jpg": "empty",
    }
    assert all(photo.reason for photo in photos if photo.fault)


def test_a_photograph_is_read_again_by_its_name(source):
    assert read_photo(source, f"{BLIGHT}/1.jpg") == FILES[f"{BLIGHT}/1.jpg"]
    with pytest.raises(ImageError):
        read_photo(source, "nowhere.jpg")


def test_a_csv_gives_labels_to_what_its_folders_do_not_name(source, tmp_path):
    labels = tmp_path / "my labels.csv"
    labels.write_text("path,label\nfrom the phone/5.jpg,Tomato healthy\n")
    photos, _ = look_at(source, labels)
    assert {photo.name: photo.class_name for photo in photos}["from the phone/5.jpg"] == (
        "tomato__healthy"
    )


def test_one_photograph_under_two_labels_waits_for_a_person(tmp_path):
    for label in (BLIGHT, HEALTHY):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.jpg").write_bytes(leaf(1))
    photos, _ = look_at(tmp_path)
    assert Counter(photo.fault for photo in photos) == {"conflicting_labels": 1, "duplicate": 1}
    assert next(photo for photo in photos if photo.is_picture).class_name is None


def test_a_folder_of_one_kind_bears_its_own_name_as_label(tmp_path):
    folder = tmp_path / "Tomato late blight"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(leaf(1))
    (folder / "notes.txt").write_text("hello")
    (folder / ".hidden").write_text("hello")
    photos, _ = look_at(folder)
    assert [(photo.name, photo.class_name, photo.fault) for photo in photos] == [
        ("Tomato late blight/1.jpg", "tomato__late_blight", None),
        ("notes.txt", None, "not_an_image"),
    ]
    assert read_photo(folder, photos[0].name) == leaf(1)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nowhere", None, "does not exist"),
        ("photos.zip", b"no zip at all", "neither a folder nor a zip"),
        ("empty.zip", b"PK\x05\x06" + bytes(18), "no photographs"),
    ],
)
def test_what_cannot_be_used_at_all_is_said(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    photos, problem = look_at(path)
    assert photos == ()
    assert problem is not None
    assert words in problem


def test_a_broken_list_of_labels_is_said(tmp_path):
    (tmp_path / "1.jpg").write_bytes(leaf(1))
    (tmp_path / "labels.csv").write_text("file;kind\n")
    photos, problem = look_at(tmp_path)
    assert photos == ()
    assert problem is not None
    assert "path,label" in problem


def test_a_zip_with_too_many_files_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(f"{number}.jpg", b"")
    photos, problem = look_at(path)
    assert photos == ()
    assert problem is not None
    assert "20,001 files" in problem


def test_a_look_that_nobody_waits_for_ends_early(source):
    is_wanted = threading.Event()
    told: list[int] = []
    photos, _ = look(
        source,
        None,
        tell=lambda done, _total: told.append(done),
        is_wanted=lambda: is_wanted.is_set(),
    )
    assert (photos, told) == ((), [])


def test_files_of_a_zip_open_like_paths(tmp_path):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{BLIGHT}/1.jpg", leaf(1))
    with open_source(path) as source, source.files[0].open("rb") as file:
        assert file.read() == leaf(1)


@pytest.mark.parametrize(
    ("name", "class_name", "sent"),
    [
        ("Tomato healthy/1.jpg", "tomato__healthy", "Tomato healthy/1.jpg"),
        ("Tomato healthy/1.jpg", "tomato__late_blight", f"Tomato healthy/{BLIGHT}/1.jpg"),
        ("1.jpg", "tomato__late_blight", f"{BLIGHT}/1.jpg"),
        ("a/b/1.jpg", "tomato__late_blight", f"a/b/{BLIGHT}/1.jpg"),
    ],
)
def test_the_name_that_is_sent_says_the_label(name, class_name, sent):
    assert to_sent_name(LocalPhoto(name=name, class_name=class_name)) == sent
