"""The server while it answers, else the laptop."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.diagnosis import (
    DiagnosisError,
    FallbackDiagnoser,
    ServerAwayError,
    ServerBusyError,
)
from gui.diagnose.explanation import Explanation
from gui.kit.server_status import ServerMode, ServerStatus

IMAGE = np.zeros((4, 4, 3), dtype=np.uint8)
ONLINE = ServerStatus(mode=ServerMode.ONLINE, url="http://x", model_version="v1")
OFFLINE = ServerStatus(mode=ServerMode.OFFLINE, url="http://x")
BY_SERVER = Diagnosis(
    top=(Score(class_name="a", display_name="A", probability=1.0),),
    plausible=("a",),
    is_known=True,
    refusal_code=None,
    refusal_reason=None,
    model_version="v1",
    latency_ms=1.0,
    origin=Origin.SERVER,
)
SERVER_EXPLANATION = Explanation(heat=IMAGE, references=())
LAPTOP_EXPLANATION = Explanation(heat=IMAGE, references=())
ON_LAPTOP = replace(BY_SERVER, origin=Origin.LAPTOP)


class SwitchedServer:
    """A server that is there or not, as told."""

    def __init__(self) -> None:
        self.status = ONLINE
        self.refuses = False
        self.is_busy = False
        self.num_asked = 0

    def diagnose(self, image_bytes: bytes) -> Diagnosis:
        self.num_asked += 1
        if self.refuses:
            raise DiagnosisError(f"no photo in {len(image_bytes)} bytes")
        if self.is_busy:
            raise ServerBusyError("come again")
        if self.status is not ONLINE:
            raise ServerAwayError(self.status)
        return BY_SERVER

    def diagnose_plant(self, photos: Sequence[bytes]) -> Diagnosis:
        assert list(photos) == [b"x", b"y"]
        return self.diagnose(photos[0])

    def explain(self, image_bytes: bytes, image: np.ndarray, class_name: str) -> Explanation | None:
        self.diagnose(image_bytes)
        assert image is IMAGE
        return SERVER_EXPLANATION if class_name == "a" else None

    def check(self) -> ServerStatus:
        return self.status


class ReadyLaptop:
    """Needs no artifact."""

    def diagnose(self, image: np.ndarray) -> Diagnosis:
        assert image is IMAGE
        return ON_LAPTOP

    def diagnose_plant(self, images: Sequence[np.ndarray]) -> Diagnosis:
        assert [image is IMAGE for image in images] == [True, True]
        return ON_LAPTOP

    def explain(self, image: np.ndarray, class_name: str) -> Explanation:
        assert image is IMAGE
        assert class_name in ("a", "b")
        return LAPTOP_EXPLANATION


def test_a_lost_server_is_reported_once_and_asked_again_only_after_a_check() -> None:
    server, reported = SwitchedServer(), list[ServerStatus]()
    diagnoser = FallbackDiagnoser(server, ReadyLaptop(), report=reported.append)
    assert diagnoser.diagnose(b"x", IMAGE) is BY_SERVER
    server.status = OFFLINE
    assert diagnoser.diagnose(b"x", IMAGE) is ON_LAPTOP
    assert diagnoser.diagnose(b"x", IMAGE) is ON_LAPTOP
    assert reported == [OFFLINE]
    assert server.num_asked == 2
    server.status = ONLINE
    assert diagnoser.diagnose(b"x", IMAGE) is ON_LAPTOP
    assert diagnoser.check_server() is ONLINE
    assert diagnoser.diagnose(b"x", IMAGE) is BY_SERVER


def test_a_photo_that_the_server_refuses_is_not_tried_on_the_laptop() -> None:
    server = SwitchedServer()
    server.refuses = True
    diagnoser = FallbackDiagnoser(server, ReadyLaptop(), report=lambda _: None)
    with pytest.raises(DiagnosisError, match="no photo in 1 bytes"):
        diagnoser.diagnose(b"x", IMAGE)


def test_a_busy_server_is_asked_again_for_the_next_photo() -> None:
    server, reported = SwitchedServer(), list[ServerStatus]()
    diagnoser = FallbackDiagnoser(server, ReadyLaptop(), report=reported.append)
    server.is_busy = True
    assert diagnoser.diagnose(b"x", IMAGE) is ON_LAPTOP
    server.is_busy = False
    assert diagnoser.diagnose(b"x", IMAGE) is BY_SERVER
    assert reported == []


def test_who_answered_explains_and_the_laptop_stands_in_for_a_lost_or_busy_server() -> None:
    server, reported = SwitchedServer(), list[ServerStatus]()
    diagnoser = FallbackDiagnoser(server, ReadyLaptop(), report=reported.append)
    assert diagnoser.explain(b"x", IMAGE, BY_SERVER) is SERVER_EXPLANATION
    assert diagnoser.explain(b"x", IMAGE, ON_LAPTOP) is LAPTOP_EXPLANATION
    fused = replace(BY_SERVER, top=(replace(BY_SERVER.top[0], class_name="b"),))
    assert diagnoser.explain(b"x", IMAGE, fused) is LAPTOP_EXPLANATION
    server.is_busy = True
    assert diagnoser.explain(b"x", IMAGE, BY_SERVER) is LAPTOP_EXPLANATION
    server.is_busy, server.status = False, OFFLINE
    assert diagnoser.explain(b"x", IMAGE, BY_SERVER) is LAPTOP_EXPLANATION
    assert reported == [OFFLINE]
    num_asked = server.num_asked
    assert diagnoser.explain(b"x", IMAGE, BY_SERVER) is LAPTOP_EXPLANATION
    assert server.num_asked == num_asked


def test_a_plant_is_diagnosed_by_the_server_and_by_the_laptop_without_it() -> None:
    server = SwitchedServer()
    diagnoser = FallbackDiagnoser(server, ReadyLaptop(), report=lambda _: None)
    photos, images = (b"x", b"y"), (IMAGE, IMAGE)
    assert diagnoser.diagnose_plant(photos, images) is BY_SERVER
    server.is_busy = True
    assert diagnoser.diagnose_plant(photos, images) is ON_LAPTOP
    server.is_busy, server.status = False, OFFLINE
    assert diagnoser.diagnose_plant(photos, images) is ON_LAPTOP
