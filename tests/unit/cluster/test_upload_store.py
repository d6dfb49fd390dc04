"""Uploads on disk: decisions on values, and what the store keeps of them."""

import threading
from dataclasses import replace

import pytest

from cluster.errors import UploadError, UploadStateError
from cluster.storage import Layout
from cluster.uploads.inbox import UploadInbox, create_upload, finish_receiving, receive_whole
from cluster.uploads.journal import UploadJournal
from cluster.uploads.store import UploadStore
from cluster.uploads.values import (
    Upload,
    UploadItem,
    UploadStatus,
    correct_items,
    count_items,
    refuse_stored,
    reject,
)


def item(sha256, **changes):
    return replace(
        UploadItem(name=f"{sha256}.jpg", sha256=sha256, class_name="a", is_accepted=True),
        **changes,
    )


@pytest.fixture
def store(tmp_path):
    layout = Layout(home=tmp_path)
    layout.uploads_dir.mkdir()
    return UploadStore(layout)


def receive(store, *contents):
    with receive_whole(store, "ada") as (upload, inbox):
        for number, content in enumerate(contents):
            part = inbox.create_part()
            part.write(content)
            inbox.keep_image(part, f"{number}.jpg")
    return store.get(upload.upload_id)


def check(store, upload):
    layout = store.layout
    paths = sorted(layout.quarantine_dir(upload.upload_id).rglob("*"))
    items = [item(path.name) for path in paths if path.is_file()]
    with UploadJournal(store, upload.upload_id) as journal:
        journal.begin(len(items))
        for found in items:
            journal.add(found)
        return journal.finish(items)


def test_counts_follow_from_the_items():
    upload = Upload(upload_id="u", status=UploadStatus.CHECKED, created_at="", created_by="ada")
    items = [item("1"), item("2", is_suspicious=True), reject(item("3"), "code", "reason")]
    counted = count_items(upload, items)
    assert (counted.accepted, counted.rejected, counted.suspicious, counted.checked) == (2, 1, 1, 3)


def test_a_label_mends_what_was_said_of_a_photograph_and_nothing_else():
    items = [
        item("1", is_suspicious=True, reason="look at it"),
        reject(item("2", class_name=None), "unlabelled", "no label"),
        reject(item("3"), "too_small", "small"),
        reject(item("1"), "duplicate", "twice"),
    ]
    mended = correct_items(items, "2", "b")
    assert mended is not None
    assert mended[1] == item("2", class_name="b")
    looked_at = correct_items(items, "1", "a")
    assert looked_at is not None
    assert looked_at[0] == item("1")
    assert looked_at[3] == items[3]
    left_out = correct_items(items, "1", None)
    assert left_out is not None
    assert left_out[0].code == "refused_by_reviewer"
    restored = correct_items(left_out, "1", "a")
    assert restored is not None
    assert restored[0].is_accepted
    assert correct_items(items, "3", "b") is None
    assert correct_items(items, "4", "b") is None


def test_what_another_upload_brought_meanwhile_is_refused():
    refused = refuse_stored([item("1"), item("2")], {"2"})
    assert [one.code for one in refused] == [None, "already_stored"]


def test_an_upload_that_breaks_off_does_not_exist(store):
    def break_off():
        with receive_whole(store, "ada") as (_, inbox):
            part = inbox.create_part()
            part.write(b"one")
            inbox.keep_image(part, "1.jpg")
            assert store.list_uploads() == ()
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert list(store.layout.uploads_dir.iterdir()) == []


def test_accepted_photographs_move_into_the_dataset_store(store):
    upload = check(store, receive(store, b"one", b"two"))
    with pytest.raises(UploadStateError, match="accept it before"):
        store.list_accepted(upload.upload_id)
    accepted = store.accept(upload.upload_id)
    items = store.list_accepted(upload.upload_id)
    assert accepted.accepted == len(items) == 2
    contents = {store.image_path(one.sha256).read_bytes() for one in items}
    assert contents == {b"one", b"two"}
    assert not store.layout.quarantine_dir(upload.upload_id).exists()
    with pytest.raises(UploadStateError, match="stay"):
        store.discard(upload.upload_id)


def test_an_acceptance_that_broke_off_is_done_again(store):
    upload = check(store, receive(store, b"one", b"two"))
    first = store.list_items(upload.upload_id)[0].sha256
    target = store.layout.image_path(first)
    target.parent.mkdir(parents=True)
    target.hardlink_to(store.layout.quarantine_path(upload.upload_id, first))
    assert store.accept(upload.upload_id).accepted == 2


def test_of_two_acceptances_of_the_same_photographs_one_wins(store):
    uploads = [check(store, receive(store, b"one")) for _ in range(2)]
    outcomes = []

    def accept(upload_id):
        try:
            outcomes.append(store.accept(upload_id).status)
        except UploadStateError:
            outcomes.append("refused")

    threads = [threading.Thread(target=accept, args=(upload.upload_id,)) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "refused"]


def test_a_check_ends_when_its_upload_is_discarded(store):
    upload = receive(store, b"one")
    with UploadJournal(store, upload.upload_id) as journal:
        journal.begin(1)
        store.discard(upload.upload_id)
        with pytest.raises(UploadStateError):
            journal.finish([item("1")])
    assert store.get(upload.upload_id).status is UploadStatus.DISCARDED


def test_an_upload_is_not_finished_while_files_come(store):
    upload_id = create_upload(store, "ada").upload_id
    with (
        UploadInbox(store.layout, upload_id),
        pytest.raises(UploadStateError, match="still sends"),
    ):
        finish_receiving(store, upload_id, timeout_s=0.0)
    with pytest.raises(UploadStateError, match="Nothing came"):
        finish_receiving(store, upload_id)


def test_a_file_that_is_sent_again_counts_once(store):
    upload_id = create_upload(store, "ada").upload_id
    for _ in range(2):
        with UploadInbox(store.layout, upload_id) as inbox:
            part = inbox.create_part()
            part.write(b"one")
            inbox.keep_image(part, "1.jpg")
            assert (inbox.num_files, inbox.num_bytes) == (1, 3)
    assert finish_receiving(store, upload_id).total == 1


@pytest.mark.parametrize("upload_id", ["up-1", "../keys", "", "a" * 200])
def test_what_is_not_there_is_said(store, upload_id):
    with pytest.raises(UploadError, match="no upload"):
        store.get(upload_id)


def test_a_damaged_upload_hides_no_other(store, caplog):
    upload = receive(store, b"one")
    broken = store.layout.upload_dir("up-0")
    broken.mkdir()
    (broken / "upload.json").write_text("{")
    assert [one.upload_id for one in store.list_uploads()] == [upload.upload_id]
    assert "damaged" in caplog.text
