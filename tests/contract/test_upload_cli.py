"""``python -m serve_app upload`` and ``uploads`` against the real application."""

import json

import pytest
from typer.testing import CliRunner

from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app import __main__ as cli
from tests.contract.upload_service import HEALTHY, LATE_BLIGHT, make_zip, start_control


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory):
    with start_control(champion_dir, tmp_path_factory.mktemp("cli")) as control:
        yield control


@pytest.fixture
def run(control):
    def run(*arguments):
        options = ["--server", control.url, "--key-file", str(control.secret_path)]
        return CliRunner().invoke(cli.app, [*map(str, arguments), *options])

    return run


@pytest.fixture
def leaf(request):
    first = sum(request.node.name.encode()) * 100
    return lambda seed: encode_jpeg(draw_leaf(first + seed, size_px=96))


@pytest.fixture
def folder(tmp_path, leaf):
    for label, seeds in ((HEALTHY, range(3)), (LATE_BLIGHT, range(3, 5))):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for seed in seeds:
            (tmp_path / "photos" / label / f"{seed}.jpg").write_bytes(leaf(seed))
    return tmp_path / "photos"


def test_a_folder_is_sent_checked_and_accepted(run, folder, control):
    result = run("upload", folder, "--accept", "--json")
    assert result.exit_code == 0, result.output
    upload = json.loads(result.stdout.splitlines()[-1])
    assert (upload["status"], upload["accepted"]) == ("accepted", 5)
    items = control.uploads.store.list_accepted(upload["upload_id"])
    assert {item.class_name for item in items} == {"tomato__healthy", "tomato__late_blight"}
    assert all(control.uploads.store.image_path(item.sha256).is_file() for item in items)


def test_a_zip_is_sent_and_people_read_what_was_refused_and_what_to_do_next(run, tmp_path, leaf):
    path = tmp_path / "photos.zip"
    path.write_bytes(make_zip({f"{HEALTHY}/1.jpg": leaf(1), "notes.txt": b"hello"}))
    result = run("upload", path)
    assert result.exit_code == 1
    assert "checked, 2 of 2 files checked: 1 accepted" in result.stdout
    assert "1 not_an_image, such as notes.txt: this is not an image" in result.stdout
    assert "uploads accept up-" in result.stdout


def test_labels_come_from_a_table_and_a_class_folder_labels_what_lies_in_it(
    run, folder, tmp_path, leaf
):
    table = tmp_path / "table.csv"
    table.write_text("path,label\nloose/1.jpg,tomato healthy\n")
    (folder / "loose").mkdir()
    (folder / "loose" / "1.jpg").write_bytes(leaf(9))
    result = run("upload", folder, "--labels", table)
    assert "6 of 6 files checked: 6 accepted" in result.stdout
    result = run("upload", folder / HEALTHY)
    assert "3 of 3 files checked: 3 accepted" in result.stdout


def test_an_upload_goes_on_where_it_was_broken_off(run, folder, control):
    begun = control.http.post("/v1/uploads").json()["upload_id"]
    first = folder / HEALTHY / "0.jpg"
    files = {"file": (f"{HEALTHY}/0.jpg", first.read_bytes())}
    control.http.post(f"/v1/uploads/{begun}/files", files=files)
    result = run("upload", folder, "--resume", begun)
    assert f"{begun}: checked, 5 of 5 files checked: 5 accepted" in result.stdout


def test_uploads_are_listed_shown_corrected_accepted_and_discarded(run, folder, control):
    upload_id = json.loads(run("upload", folder, "--json").stdout.splitlines()[-1])["upload_id"]
    assert upload_id in run("uploads", "list").stdout
    assert f"{upload_id}: checked" in run("uploads", "show", upload_id).stdout
    sha256 = control.uploads.store.list_items(upload_id)[0].sha256
    result = run("uploads", "correct", upload_id, sha256, LATE_BLIGHT)
    assert "tomato__late_blight" in result.stdout
    assert f"{upload_id}: accepted" in run("uploads", "accept", upload_id).stdout
    other = json.loads(run("upload", folder, "--json").stdout.splitlines()[-1])["upload_id"]
    assert f"{other}: discarded" in run("uploads", "discard", other).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("upload", "nowhere"), "does not exist"),
        (("upload", "."), "no image in"),
        (("upload", "a.zip", "--resume", "up-1"), "Only a folder"),
        (("uploads", "show", "up-1"), "no upload 'up-1'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    control, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"")
    options = ["--server", control.url, "--key-file", str(control.secret_path)]
    monkeypatch.setattr("sys.argv", ["serve_app", *arguments, *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert message in capsys.readouterr().err
