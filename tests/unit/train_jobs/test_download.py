"""What is fetched, what is refused, and what is said; the network is in tests/contract."""

import errno
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.labels import CLASS_NAMES, UnknownLabelError
from train_jobs.download.errors import DownloadError, SourceError, read_refusal, say_os_error
from train_jobs.download.git_tree import Tree, decode_tree, to_blob_sha1
from train_jobs.download.plan import (
    Limits,
    RemoteFile,
    check_disk,
    check_total,
    choose_classes,
    choose_folders,
    choose_photos,
)
from train_jobs.download.progress import DownloadProgress

SHA = "ab" * 20


def to_tree(*entries: Mapping[str, object], truncated: bool = False) -> Tree:
    defaults = {"mode": "100644", "type": "blob", "sha": SHA, "size": 9}
    listing = {"tree": [{**defaults, **entry} for entry in entries], "truncated": truncated}
    return decode_tree(json.dumps(listing).encode(), where="here")


def to_folders(*names: str) -> Tree:
    return to_tree(*({"path": name, "mode": "040000", "type": "tree"} for name in names))


def choose(tree: Tree, max_images: int | None = None) -> list[str]:
    photos = choose_photos(tree, "Apple___healthy", max_images=max_images, max_file_bytes=1000)
    return [photo.name for photo in photos]


def refuse(status: int, **headers: str) -> SourceError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    # 2023-11-14 22:13:20 UTC
    return read_refusal(
        status, named, what="a.JPG", pause_s=60, max_wait_s=300, now_s=1_700_000_000
    )


def test_a_blob_is_hashed_as_git_does_it():
    # echo hello | git hash-object --stdin
    assert to_blob_sha1(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"tree": [{"path": "a"}]}', b""])
def test_what_is_no_listing_is_refused(body: bytes):
    with pytest.raises(DownloadError, match="no listing"):
        decode_tree(body, where="raw")


def test_a_listing_that_was_cut_is_refused():
    with pytest.raises(DownloadError, match="only a part"):
        to_tree(truncated=True)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.JPG",
        "..",
        ".",
        "",
        "/a.JPG",
        "a/b.JPG",
        "a\\b.JPG",
        "C:a.JPG",
        "a\0.JPG",
        "a" * 256,
    ],
)
def test_a_name_that_leaves_its_folder_is_refused(name: str):
    with pytest.raises(DownloadError, match="cannot be a file"):
        choose(to_tree({"path": name}))
    with pytest.raises(DownloadError, match="cannot be a file"):
        choose_folders(to_folders(name), frozenset({"apple__healthy"}), where="raw/color")


@settings(max_examples=40)
@given(st.text(max_size=20))
def test_every_chosen_name_stays_in_its_folder(name: str):
    try:
        chosen = choose(to_tree({"path": f"{name}.jpg"}))
    except DownloadError:
        return
    folder = Path("photos/Apple___healthy")
    assert all((folder / name).parent == folder for name in chosen)


def test_only_photographs_are_chosen():
    tree = to_tree(
        {"path": "b___RS_HL 1 copy.jpg"},
        {"path": "a___RS_HL 1.JPG"},
        {"path": "c.txt"},
        {"path": ".d.jpg"},
        {"path": "link.jpg", "mode": "120000"},
        {"path": "folder.jpg", "type": "tree", "mode": "040000"},
    )
    assert choose(tree) == ["a___RS_HL 1.JPG", "b___RS_HL 1 copy.jpg"]
    assert choose(tree, max_images=1) == ["a___RS_HL 1.JPG"]


def test_a_file_over_the_bound_is_refused():
    with pytest.raises(DownloadError, match=r"Apple___healthy/big\.JPG has 2 MB"):
        choose(to_tree({"path": "big.JPG", "size": 2_000_000}))


def test_classes_are_found_in_any_spelling():
    assert choose_classes(["Tomato healthy"]) == {"tomato__healthy"}
    assert choose_classes([]) == set(CLASS_NAMES)
    with pytest.raises(UnknownLabelError):
        choose_classes(["Banana___rot"])


def test_folders_are_those_of_the_classes():
    tree = to_folders("Apple___healthy", "Tomato___healthy", "Background")
    assert list(choose_folders(tree, frozenset({"tomato__healthy"}), where="raw")) == [
        "Tomato___healthy"
    ]
    with pytest.raises(DownloadError, match="no folder for grape__esca"):
        choose_folders(tree, frozenset({"grape__esca", "tomato__healthy"}), where="raw")


def test_too_much_is_refused_before_the_first_byte():
    files = [RemoteFile(folder="a", name=str(n), num_bytes=1_000_000, blob_sha1=SHA) for n in "123"]
    check_total(files, Limits())
    for limits in (Limits(max_files=2), Limits(max_total_bytes=2_000_000)):
        with pytest.raises(DownloadError, match="3 files with 3 MB"):
            check_total(files, limits)
    check_disk(files, free_bytes=4_000_000, min_free_bytes=0)
    check_disk([], free_bytes=0, min_free_bytes=500)
    with pytest.raises(DownloadError, match="4 MB left and 5 MB are needed"):
        check_disk(files, free_bytes=4_000_000, min_free_bytes=2_000_000)


@pytest.mark.parametrize(
    ("status", "headers", "is_retryable", "wait_s"),
    [
        (429, {}, True, 60),
        (429, {"retry_after": "7"}, True, 7),
        (429, {"retry_after": "Tue, 14 Nov 2023 22:13:50 GMT"}, True, 30),
        (429, {"retry_after": "1800"}, False, 1800),
        (403, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1700000100"}, True, 101),
        (403, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1700003000"}, False, 3001),
        (403, {"x_ratelimit_remaining": "5", "x_ratelimit_reset": "1700000100"}, False, None),
        (500, {}, True, None),
        (503, {"retry_after": "9"}, True, 9),
        (503, {"retry_after": "soon"}, True, None),
        (503, {"retry_after": "9" * 400}, False, 999_999_999),
        (404, {"retry_after": "9"}, False, None),
        (301, {}, False, None),
    ],
)
def test_an_answer_says_whether_and_when_to_ask_again(status, headers, is_retryable, wait_s):
    error = refuse(status, **headers)
    assert (error.is_retryable, error.wait_s) == (is_retryable, wait_s)


def test_a_reached_limit_says_until_when_and_how_to_raise_it():
    error = refuse(403, x_ratelimit_remaining="0", x_ratelimit_reset="1700003000")
    assert "after 2023-11-14 23:03 UTC" in str(error)
    assert "GITHUB_TOKEN" in str(error)
    assert error.stops_all


def test_a_refused_token_is_named():
    assert "Renew it, or unset" in str(refuse(401))


def test_a_full_disk_says_that_nothing_is_lost():
    message = say_os_error(OSError(errno.ENOSPC, "No space left"), Path("photos"))
    assert message == (
        "The disk of photos is full. What was fetched is kept: free some space and run the same "
        "command again."
    )
    assert "Permission denied" in say_os_error(OSError(errno.EACCES, "Permission denied"), Path())


def test_progress_counts_speed_without_what_was_there():
    now_s = 100.0
    lines: list[str] = []
    files = [
        RemoteFile(folder="a", name=str(number), num_bytes=5_000_000, blob_sha1=SHA)
        for number in range(6)
    ]
    progress = DownloadProgress(files, say=lines.append, clock=lambda: now_s)
    progress.add(files[0], is_fetched=False)
    progress.say_now()
    now_s += 10
    progress.add(files[1], is_fetched=True)
    progress.add(files[2], is_fetched=True)
    assert lines == [
        "1 of 6 photographs, 5.0/30.0 MB",
        "2 of 6 photographs, 10.0/30.0 MB, 0.50 MB/s, 0.7 min left",
    ]
    assert progress.to_downloaded().fetched_bytes == 10_000_000
