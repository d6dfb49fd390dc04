"""Everything that can be pressed or typed into is reached by the keyboard alone, tab by tab."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cluster.keys import Role
from cluster.run_status import RunState, RunStatus, write_status
from gui.kit.tabs import Tab
from gui.kit.tones import DARK
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import HEALTHY, Control, start_control
from tests.gui.conftest import write_settings
from tests.gui.screen import User, count_pixels

OpenWindow = Callable[..., User]

# Tables have parts of their own: the columns' headings.
NUM_MORE = 16
MAX_STEPS = 60
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """A person at the keyboard, and what the window says of it."""

    user: User
    log_path: Path

    def read(self) -> list[dict[str, Any]]:
        """Return all that was told."""
        lines = self.log_path.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def wait(self, is_there: Callable[[dict[str, Any]], bool], what: str) -> None:
        """Wait until the last line is as wanted."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while not is_there(self.read()[-1]):
            assert time.monotonic() < deadline_s, (what, self.read()[-1])
            time.sleep(0.1)

    def wait_for(self, **wanted: str) -> None:
        """Wait until the last line says so."""
        self.wait(lambda line: wanted.items() <= line.items(), str(wanted))

    def press(self, *keys: str) -> None:
        """Press keys, and wait until the window has taken in the last: it takes one a frame."""
        self.user.press("key", "--delay", "20", *keys, "sleep", "0.2")
        num_told = -1
        while num_told != len(self.read()):
            num_told = len(self.read())
            time.sleep(0.15)

    def go_round(self, *, is_table: bool = False) -> None:
        """Walk until everything on show was reached: by Tab, and by arrows from row to row.

        A table that scrolls is reached as a whole; Enter goes into it.
        """
        start = len(self.read())
        if is_table:
            self.walk_to("History")
            self.press("Tab", "Return", *["Down"] * 4, "Escape")
        self.press(*["Tab"] * (len(self.read()[-1]["shown"]) + NUM_MORE))
        missing = self.find_missing(start)
        if missing and all("Selectable" in item for item in missing):
            self.walk_to("Selectable")
            self.press(*["Down"] * len(missing))
        assert not self.find_missing(start), self.read()[-1]

    def find_missing(self, start: int) -> set[str]:
        """Return what is on show and had not the keyboard since a line."""
        told = self.read()
        return set(told[-1]["shown"]) - {line["focused"] for line in told[start:]}

    def walk_to(self, words: str) -> None:
        """Press Tab until a part with these words, its kind or its label, has the keyboard."""
        for _ in range(MAX_STEPS):
            if words in str(self.read()[-1]["focused"]):
                return
            self.press("Tab")
        raise AssertionError((words, self.read()[-1]))


@pytest.fixture
def control(tmp_path: Path, champion_dir: Path) -> Iterator[Control]:
    with start_control(champion_dir, tmp_path / "server") as control:
        yield control


@pytest.fixture
def walker(open_window: OpenWindow, control: Control, tmp_path: Path) -> Walker:
    """A window with photos and their answers, a folder to give, and a run that waits."""
    now_s = time.time()
    for number, state in enumerate((RunState.AWAITING_APPROVAL, RunState.CANCELLED)):
        run = RunStatus(
            run_id=f"retrain-{number}",
            status=state,
            config="head",
            actor="key:test",
            created_s=now_s - number,
            heartbeat_s=now_s,
            model_version="v2",
        )
        write_status(control.layout, run)
    folder = tmp_path / "photos"
    for seed, name in enumerate((f"{HEALTHY}/1.jpg", f"{HEALTHY}/2.jpg", "phone/3.jpg")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encode_jpeg(draw_leaf(seed, size_px=160)))
    key_path = tmp_path / "admin.key"
    key_path.write_text(f"secret-of-{Role.ADMIN}\n")
    log_path = tmp_path / "walk.jsonl"
    user = open_window(
        log_path,
        control.url,
        key_path,
        folder,
        module="tests.gui.walked_window",
        LEAFRAY_HOME=str(tmp_path / "home"),
        # Its own settings: a look that is chosen here must not be another test's.
        XDG_CONFIG_HOME=str(write_settings(tmp_path)),
    )
    return Walker(user=user, log_path=log_path)


def answer_no(walker: Walker) -> None:
    """Open a question and answer no: Enter presses what was walked to, it does not say yes."""
    walker.walk_to("Let it take over")
    walker.press("space")
    walker.wait(lambda line: any("Not now" in item for item in line["shown"]), "the question")
    walker.walk_to("Not now")
    walker.press("Return")
    walker.wait(lambda line: not any("Not now" in item for item in line["shown"]), "its end")
    assert not any("Dismiss" in item for item in walker.read()[-1]["shown"])


def test_every_button_list_and_field_is_reached_and_pressed(walker: Walker, tmp_path: Path) -> None:
    walker.wait(lambda line: len(line["shown"]) > 20, "the photos with their answers")
    for view in ("Photo", "Table", "History"):
        walker.wait_for(view=view)
        walker.go_round(is_table=view == "Table")
        # Ends the walk: letters and arrows are the tab's own again.
        walker.press("Escape", "v")

    walker.press("ctrl+3")
    walker.wait_for(tab=Tab.CONTRIBUTE)
    # The first press goes to where a person would type.
    walker.walk_to("InputText")
    walker.user.press("type", "--delay", "4", str(tmp_path / "photos"))
    walker.press("Return")
    walker.wait(lambda line: any("Send" in item for item in line["shown"]), "photographs to send")
    walker.go_round()

    for number, tab in ((2, Tab.DATASET), (4, Tab.RETRAIN), (5, Tab.SERVICE), (6, Tab.SETTINGS)):
        walker.press(f"ctrl+{number}")
        walker.wait_for(tab=tab)
        walker.user.press("sleep", "1")
        if tab is Tab.RETRAIN:
            walker.wait(lambda line: "InputText" in str(line["shown"]), "what the run printed")
        walker.go_round()
        if tab is Tab.RETRAIN:
            answer_no(walker)

    walker.walk_to("Dark")
    walker.press("space")
    walker.user.see(lambda window: count_pixels(window, DARK.background) > 10_000, "the dark look")
    walker.walk_to("Diagnose")
    walker.press("Return")
    walker.wait_for(tab=Tab.DIAGNOSE)
