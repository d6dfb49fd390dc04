"""Which class a photograph is of, by its folder or by a table."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.images import ImageError
from serve_app.uploads.labels import LabelFileError, find_class_name, parse_label_file
from serve_app.uploads.names import MAX_NAME_CHARS, check_name, clean_name, is_litter

BLIGHT, HEALTHY = "tomato__late_blight", "tomato__healthy"


@pytest.mark.parametrize(
    ("name", "class_name"),
    [
        ("Tomato___Late_blight/1.jpg", BLIGHT),
        ("photos/tomato late blight/day 3/1.jpg", BLIGHT),
        ("Tomato___Late_blight/Tomato___healthy/1.jpg", HEALTHY),
    ],
)
def test_the_nearest_folder_that_names_a_class_labels(name, class_name):
    assert find_class_name(name, None) == class_name


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("1.jpg", "unlabelled", "labels.csv"),
        ("Tomato_Late_blihgt/1.jpg", "unknown_label", "Tomato___Late_blight"),
    ],
)
def test_a_photograph_without_a_label_is_told_what_to_do(name, code, hint):
    with pytest.raises(ImageError, match=hint) as refused:
        find_class_name(name, None)
    assert refused.value.code == code


def test_paths_of_a_table_are_seen_from_its_folder():
    table = parse_label_file(b"path,label\n./1.jpg,tomato healthy\n", "photos/labels.csv")
    assert find_class_name("photos/1.jpg", table) == HEALTHY
    with pytest.raises(ImageError, match="no label"):
        find_class_name("1.jpg", table)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_spreadsheets_are_read(delimiter):
    rows = [("Label ", "PATH", "note"), ("tomato healthy", "a\\b.jpg", "x")]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode("utf-8-sig")
    table = parse_label_file(content, "labels.csv")
    assert find_class_name("a/b.jpg", table) == HEALTHY


@pytest.mark.parametrize(
    ("rows", "name", "code"),
    [
        ("a/1.jpg,tomato healthy\na/1.jpg,tomato late blight", "a/1.jpg", "conflicting_labels"),
        (
            "Tomato___healthy/1.jpg,tomato late blight",
            "Tomato___healthy/1.jpg",
            "conflicting_labels",
        ),
        ("1.jpg,triffid", "1.jpg", "unknown_label"),
    ],
)
def test_a_table_that_contradicts_refuses_its_photograph(rows, name, code):
    table = parse_label_file(f"path,label\n{rows}".encode(), "labels.csv")
    with pytest.raises(ImageError) as refused:
        find_class_name(name, table)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "first line"),
        (b"path,class\n", "first line"),
        (b"path,label\n1.jpg,\n", "line 2"),
        (b"path,label\n\xff\xfe", "UTF-8"),
        (b"path,label\n" + b"a,b\n" * 50_001, "50000"),
        (b'path,label\n"' + b"a" * 200_000, "no table"),
    ],
)
def test_a_table_that_cannot_be_read_says_what_to_do(content, message):
    with pytest.raises(LabelFileError, match=message):
        parse_label_file(content, "labels.csv")


@given(st.binary(max_size=300), st.text(max_size=50))
def test_no_table_breaks_the_reader(content, name):
    with suppress(LabelFileError, ImageError):
        table = parse_label_file(b"path,label\n" + content, clean_name(name))
        find_class_name(clean_name(name), table)


@given(st.text(max_size=2 * MAX_NAME_CHARS))
def test_a_clean_name_is_short_and_printable_and_stays_so(name):
    cleaned = clean_name(name)
    assert len(cleaned) <= MAX_NAME_CHARS
    assert cleaned.isprintable()
    assert "\\" not in cleaned


@pytest.mark.parametrize("name", ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "C:/a.jpg", "a/.."])
def test_names_that_point_elsewhere_are_refused(name):
    with pytest.raises(ImageError, match="points out"):
        check_name(name)


@pytest.mark.parametrize(
    ("name", "is_so"),
    [
        ("__MACOSX/a/._1.jpg", True),
        ("a/.DS_Store", True),
        ("a/Thumbs.db", True),
        ("a/1.jpg", False),
        ("a/..", False),
        (".hidden/1.jpg", False),
    ],
)
def test_litter_of_systems_is_told_from_photographs(name, is_so):
    assert is_litter(name) is is_so
