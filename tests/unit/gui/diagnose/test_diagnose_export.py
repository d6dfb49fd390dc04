"""A set saved: a table for a spreadsheet, a report for the printer."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gui.diagnose import export_events
from gui.diagnose.answers import Advice, Section
from gui.diagnose.export import Export, update
from gui.diagnose.export_events import ExportKind
from gui.diagnose.export_work import find_guidances, load_image_uri, write_new
from gui.diagnose.photos import Photo
from gui.diagnose.report_csv import BYTE_ORDER_MARK, to_csv
from gui.diagnose.report_html import Guidance, render_head, render_photo, render_tail
from tests.unit.gui.diagnose.test_diagnose_table import BROKEN, PHOTOS, WAITING, make_photo

EVIL = '<script>alert("x")</script>'
NOW = datetime(2026, 3, 4, 15, 16, tzinfo=UTC)


class Tags(HTMLParser):
    """Collects what a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read_csv(text: str) -> list[dict[str, str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))


def render(photos: tuple[Photo, ...], image_uri: str | None = None) -> Tags:
    tags = Tags()
    tags.feed(render_head(photos, NOW))
    for photo in photos:
        tags.feed(render_photo(photo, image_uri))
    for part in render_tail(find_guidances(photos)):
        tags.feed(part)
    tags.close()
    return tags


def test_the_table_has_a_line_a_photo_and_says_why_there_is_no_answer() -> None:
    lines = read_csv(to_csv(PHOTOS))
    assert [line["file"] for line in lines] == [photo.path.name for photo in PHOTOS]
    assert [line["known"] for line in lines] == ["yes", "no", "yes", "no", "no"]
    assert lines[0]["crop"] == "Tomato"
    assert lines[0]["probability"] == "0.7000"
    assert lines[1]["why_not"] == "Cut off."
    assert (lines[3]["crop"], lines[3]["class_name"]) == ("", "grape__black_rot")
    assert lines[3]["why_not"] == "Blurred."
    assert lines[4]["why_not"] == "Waiting."


@pytest.mark.parametrize("name", ["=1+1.jpg", "+x.jpg", "-x.jpg", "@x.jpg", "\tx.jpg"])
def test_no_file_name_is_run_by_a_spreadsheet(name: str) -> None:
    assert read_csv(to_csv((make_photo(name),)))[0]["file"] == f"'{name}"


def test_a_name_that_is_no_unicode_can_be_written() -> None:
    photo = make_photo("a\udcff.jpg")
    assert to_csv((photo,)).encode("utf-8")
    assert render((photo,)).text.encode("utf-8")


def test_the_report_tells_when_by_which_model_and_what_to_do() -> None:
    text = render(PHOTOS).text
    assert "Diagnosis of 5 photos" in text
    assert "04 March 2026, 15:16" in text
    assert "this laptop, model v1" in text
    assert "Probably Tomato: late blight" in text
    assert "Cut off." in text
    assert "What to do" in text
    assert "Leaves that I do not know" in text
    assert "not a laboratory result" in text


def test_nothing_in_a_report_is_run_or_loaded_from_elsewhere() -> None:
    photo = make_photo(f"{EVIL}.jpg")
    assert photo.diagnosis is not None
    evil = replace(
        photo.diagnosis,
        is_known=False,
        refusal_code="new",
        refusal_reason=EVIL,
        model_version=EVIL,
    )
    photos = (
        replace(photo, diagnosis=evil),
        replace(BROKEN, problem=EVIL, path=Path(f'"{EVIL}')),
    )
    tags = render(photos, image_uri=f'data:image/jpeg;base64,AA" onload="{EVIL}')
    advice = Advice(
        heading=EVIL, lead=EVIL, note=EVIL, sections=(Section(heading=EVIL, lines=(EVIL,)),)
    )
    for part in render_tail((Guidance(condition=EVIL, advice=advice),)):
        tags.feed(part)
    assert "script" not in tags.names
    assert all(address.startswith("data:image/jpeg;base64,") for address in tags.addresses)
    assert tags.text.count(EVIL) >= 8


def test_each_known_condition_is_advised_on_once_by_its_surest_photo() -> None:
    unsure, sure = make_photo("a.jpg", probability=0.4), make_photo("b.jpg", probability=0.99)
    names = [guidance.condition for guidance in find_guidances((unsure, sure, WAITING, BROKEN))]
    assert names == ["Tomato: late blight"]
    (guidance,) = find_guidances((unsure, sure))
    assert guidance.advice.heading == "First step"


def test_a_photo_is_embedded_small(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(np.full((900, 1200, 3), 128, dtype=np.uint8)).save(path)
    uri = load_image_uri(path)
    assert uri is not None
    assert uri.startswith("data:image/jpeg;base64,")
    assert len(uri) < 20_000
    assert load_image_uri(tmp_path / "gone.png") is None


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text("mine")
    assert write_new(path, ".csv", iter(["a", "b"])) == tmp_path / "set (2).csv"
    assert write_new(tmp_path / "set", ".csv", iter(["c"])) == tmp_path / "set (3).csv"
    assert path.read_text() == "mine"
    assert (tmp_path / "set (2).csv").read_text() == "ab"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def break_off():
        yield "half"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_new(tmp_path / "set.csv", ".csv", break_off())
    assert list(tmp_path.iterdir()) == []


def test_one_file_is_written_at_a_time() -> None:
    wish = export_events.ExportRequested(kind=ExportKind.CSV, path=Path("a.csv"))
    export = update(Export(), wish)
    assert export.is_running
    export = update(export, export_events.ExportProgressed(num_written=10))
    assert update(export, wish) == export
    saved = update(export, export_events.ExportFinished(path=Path("a.csv")))
    assert (saved.is_running, saved.saved_path) == (False, Path("a.csv"))
    failed = update(update(saved, wish), export_events.ExportFailed(problem="Full."))
    assert (failed.is_running, failed.saved_path, failed.problem) == (False, None, "Full.")
    assert failed.number == 2
