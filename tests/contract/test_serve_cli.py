"""``python -m serve_app`` against the real application."""

import json

import pytest
from typer.testing import CliRunner

from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app import __main__ as cli

ROW_KEYS = {
    *(
        "path",
        "class_name",
        "dataset_label",
        "probability",
        "top",
        "is_known",
        "refusal_code",
        "ood_score",
    ),
    *("model_version", "error"),
}


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        (tmp_path / f"leaf{number}.jpg").write_bytes(encode_jpeg(draw_leaf(number)))
    (tmp_path / "cut.jpg").write_bytes(encode_jpeg(draw_leaf(9))[:500])
    (tmp_path / "notes.txt").write_text("no photo")
    return tmp_path


@pytest.fixture
def run(service):
    def run(*arguments):
        options = ["--server", service.url, "--key-file", str(service.secret_path)]
        return CliRunner().invoke(cli.app, [*arguments, *options])

    return run


def test_each_photo_is_one_json_line_in_order_and_bad_ones_do_not_end_the_run(run, folder):
    missing = str(folder / "gone.jpg")
    result = run("predict", missing, str(folder), "--json", "--top-k", "2")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    names = ["gone.jpg", "cut.jpg", "leaf0.jpg", "leaf1.jpg", "leaf2.jpg"]
    assert [row["path"] for row in rows] == [str(folder / name) for name in names]
    assert all(set(row) == ROW_KEYS for row in rows)
    for row in rows[:2]:
        assert row["error"]
        assert row["class_name"] is None
    for row in rows[2:]:
        assert row["error"] is None
        assert set(row["top"][0]) == {"class_name", "dataset_label", "probability"}
        assert len(row["top"]) == 2
    assert result.exit_code == 1


def test_people_read_one_line_a_photo(run, folder):
    result = run("predict", str(folder / "leaf0.jpg"), str(folder / "leaf1.jpg"))
    first, second = result.stdout.splitlines()
    assert first.startswith("leaf0.jpg")
    assert second.startswith("leaf1.jpg")
    assert "%" in first
    assert result.exit_code == 0


def test_a_folder_without_photos_is_an_error_of_its_own(run, tmp_path):
    result = run("predict", str(tmp_path))
    assert "there is no image in" in result.stdout
    assert result.exit_code == 1


def test_the_self_check_says_that_it_is_a_drawing(run):
    result = run("predict", "--self-check")
    assert result.exit_code == 0
    notice, row = result.stdout.splitlines()
    assert "drawn leaf" in notice
    assert "expected: unknown" in notice
    assert row.startswith("drawing")


def test_the_status_names_the_model(run, client):
    result = run("status")
    assert client.get_model().model_version in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("key", "message"),
    [("a wrong key", "no key"), ("wrong", "not known here"), (None, "does not exist")],
)
def test_a_key_that_cannot_be_used_ends_the_run(service, folder, tmp_path, capsys, key, message):
    key_path = tmp_path / "other.key"
    if key is not None:
        key_path.write_text(key)
    arguments = ["predict", str(folder / "leaf0.jpg"), "--server", service.url]
    assert call_main(*arguments, "--key-file", str(key_path)) == 3
    assert message in capsys.readouterr().err


def test_a_service_that_is_away_is_named(service, folder, capsys):
    address = "http://127.0.0.1:1"
    arguments = ["status", "--server", address, "--key-file", str(service.secret_path)]
    assert call_main(*arguments) == 3
    assert f"No service answers at {address}" in capsys.readouterr().err


def test_the_own_key_is_not_sent_to_another_server(capsys):
    assert call_main("status", "--server", "http://192.0.2.1") == 3
    assert "--key-file" in capsys.readouterr().err


def test_nothing_to_do_is_said(run):
    result = run("predict")
    assert result.exit_code == 2


def call_main(*arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["serve_app", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return ended.value.code
