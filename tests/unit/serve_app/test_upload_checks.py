"""One file after the other: what the check finds, and what follows from all of them."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from cluster.uploads.values import UploadItem, reject
from models.known_photographs import load_known_photographs
from models.leaf_drawing import draw_leaf, encode_jpeg
from models.near_duplicates import hash_picture
from models.predictor import Predictor
from serve_app.schemas import RejectedFile, RejectionList
from serve_app.uploads.answers import to_csv
from serve_app.uploads.candidates import Candidate
from serve_app.uploads.checks import ImageCheck
from serve_app.uploads.leaf_groups import finish_items
from serve_app.uploads.stored_photographs import StoredPhotographs


@pytest.fixture(scope="module")
def predictor(champion_dir):
    return Predictor.load(champion_dir)


@pytest.fixture
def create_check(predictor, champion_dir):
    known = load_known_photographs(champion_dir)

    def create(held_out=(), stored=(), found=(), pictures=known.held_out_pictures):
        photographs = StoredPhotographs(
            known=replace(known, held_out_pictures=pictures),
            held_out=frozenset(held_out),
            stored=frozenset(stored),
        )
        return ImageCheck(predictor, photographs, None, found)

    return create


def candidate(image_bytes, name="Tomato___healthy/1.jpg"):
    return Candidate(name=name, read=lambda: image_bytes)


def item(name, **changes):
    start = UploadItem(name=name, sha256=name, class_name="a", is_accepted=True)
    return replace(start, **changes)


def test_a_photograph_is_described(create_check):
    checked = create_check().check(candidate(encode_jpeg(draw_leaf(1))))
    assert checked.item.is_accepted
    assert checked.item.class_name == "tomato__healthy"
    assert checked.item.predicted_class_name
    assert checked.item.difference_hash is not None
    assert len(checked.item.difference_hash) == 64
    assert checked.image_bytes == encode_jpeg(draw_leaf(1))


def test_what_models_are_judged_by_is_not_learned_from(create_check):
    image_bytes = encode_jpeg(draw_leaf(1))
    sha256 = create_check().check(candidate(image_bytes)).item.sha256
    assert (
        create_check(held_out={sha256}).check(candidate(image_bytes)).item.code == "in_test_split"
    )
    assert create_check(stored={sha256}).check(candidate(image_bytes)).item.code == "already_stored"
    both = create_check(held_out={sha256}, stored={sha256}).check(candidate(image_bytes))
    assert both.item.code == "in_test_split"
    assert both.image_bytes is None


def test_copies_of_what_models_are_judged_by_are_not_learned_from(create_check):
    leaf = Image.fromarray(draw_leaf(1))
    picture = hash_picture(leaf)
    check = create_check(pictures=picture)
    copied = io.BytesIO()
    leaf.save(copied, "JPEG", quality=90)
    assert check.check(candidate(copied.getvalue())).item.code == "in_test_split"
    assert check.check(candidate(encode_jpeg(draw_leaf(2)))).item.is_accepted
    # Without detail there is nothing to compare; the model says what it thinks of it.
    sheet = io.BytesIO()
    Image.new("RGB", (256, 256), "white").save(sheet, "PNG")
    assert check.check(candidate(sheet.getvalue())).item.code != "in_test_split"


def test_a_check_that_goes_on_knows_what_it_has_seen(create_check):
    first = create_check().check(candidate(encode_jpeg(draw_leaf(1)))).item
    again = create_check(found=[first]).check(candidate(encode_jpeg(draw_leaf(1))))
    assert again.item.code == "duplicate"


def test_the_photograph_of_an_unlabelled_file_is_kept_for_a_label(create_check):
    checked = create_check().check(candidate(encode_jpeg(draw_leaf(2)), name="1.jpg"))
    assert checked.item.code == "unlabelled"
    assert checked.item.predicted_class_name
    assert checked.image_bytes is not None


def test_real_photographs_of_the_champion_are_known(create_check, data_dir):
    for folder, code in (("val", "in_test_split"), ("train", "already_stored")):
        path = min((data_dir / folder / "Tomato___healthy").glob("*.jpg"))
        assert create_check().check(candidate(path.read_bytes())).item.code == code


def test_a_copy_of_a_real_test_photograph_is_known_and_its_neighbours_are_not(
    create_check, data_dir
):
    for path in sorted((data_dir / "val" / "Apple___healthy").glob("*.jpg"))[:5]:
        copied = io.BytesIO()
        with Image.open(path) as photo:
            photo.resize((200, 200)).save(copied, "JPEG", quality=60)
        assert create_check().check(candidate(copied.getvalue())).item.code == "in_test_split"
    for path in sorted((data_dir / "train" / "Apple___healthy").glob("*.jpg"))[:20]:
        # One more byte: another hash, the same photograph.
        assert create_check().check(candidate(path.read_bytes() + b"\0")).item.is_accepted


def test_a_wrong_label_of_a_real_photograph_is_marked(create_check, data_dir):
    paths = sorted((data_dir / "val" / "Tomato___Late_blight").glob("*.jpg"))[:20]
    marked = {"Tomato___Late_blight": 0, "Apple___healthy": 0}
    for label in marked:
        check = create_check(pictures=b"")
        for path in paths:
            # One more byte: another hash, the same photograph.
            checked = check.check(candidate(path.read_bytes() + b"\0", f"{label}/{path.name}"))
            assert checked.item.is_accepted
            marked[label] += checked.item.is_suspicious
    assert marked["Tomato___Late_blight"] <= 2
    assert marked["Apple___healthy"] >= 15


def test_groups_join_near_duplicates_also_of_earlier_uploads():
    hashes = [bytes([index] * 32).hex() for index in (15, 240, 15)]
    near = bytes([15] * 31 + [14]).hex()
    earlier = [item("0.jpg", difference_hash=near, group_id="known")]
    items = [item(f"{n}.jpg", difference_hash=hashes[n]) for n in range(3)]
    first, second, third = finish_items(items, earlier, "up-1")
    assert first.group_id == third.group_id == "known"
    assert second.group_id not in ("known", "")
    alone = finish_items(items, [], "up-2")
    assert alone[0].group_id == alone[2].group_id != alone[1].group_id


def test_near_duplicates_under_two_labels_are_marked_for_review():
    near = bytes([15] * 32).hex()
    items = [
        item("1.jpg", difference_hash=near),
        item("2.jpg", difference_hash=near, class_name="b"),
    ]
    first, second = finish_items(items, [], "up-1")
    assert not first.is_suspicious
    assert second.is_suspicious
    assert second.reason is not None
    assert "1.jpg" in second.reason


def test_one_photograph_under_two_labels_is_rejected_twice():
    items = [
        item("1.jpg", sha256="x"),
        reject(item("2.jpg", sha256="x", class_name="b"), "duplicate", "twice"),
        reject(item("3.jpg", sha256="y"), "duplicate", "twice"),
    ]
    codes = [one.code for one in finish_items(items, [], "up-1")]
    assert codes == ["conflicting_labels", "conflicting_labels", "duplicate"]


def test_nothing_has_no_groups():
    assert finish_items([], [], "up-1") == []


def test_a_table_of_rejections_holds_no_formulas():
    rejections = RejectionList((RejectedFile(name='=HYPERLINK("x")', code="c", reason="r"),))
    assert to_csv(rejections).splitlines()[1].startswith("\"'=HYPERLINK")
