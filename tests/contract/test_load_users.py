"""Locust's users against a server that stalls, refuses, and answers nonsense with a good status."""

import hashlib
import itertools
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from loadtest.in_process import classify_images
from loadtest.load.request_log import load_requests
from loadtest.photos import load_mixed_bytes
from models.artifact import load_card

PROJECT_DIR = Path(__file__).resolve().parents[2]
STALL_S = 1.0
STALLED, REFUSED, WRONG, SENSELESS = 3, 10, 12, 13


class Stumbling(BaseHTTPRequestHandler):
    """Answers rightly but for a few requests, by their number."""

    protocol_version = "HTTP/1.1"
    num_asked = 0
    keys: set[str | None]
    model_version: str
    class_names: dict[str, str]

    def do_POST(self):
        image_bytes = self.rfile.read(int(self.headers["content-length"]))
        kind = type(self)
        number, kind.num_asked = kind.num_asked, kind.num_asked + 1
        kind.keys.add(self.headers["authorization"])
        if number == STALLED:
            time.sleep(STALL_S)
        class_name = kind.class_names[hashlib.sha256(image_bytes).hexdigest()]
        answer = {
            "model_version": kind.model_version,
            "predictions": [{"class_name": "another" if number == WRONG else class_name}],
        }
        body = b"<html>" if number == SENSELESS else json.dumps(answer).encode()
        self.send_response(503 if number == REFUSED else 200)
        self.send_header("content-length", str(len(body)))
        self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def requests(champion_dir, tmp_path_factory):
    """What one user asked in four seconds, as the master of a distributed run wrote it."""
    folder = tmp_path_factory.mktemp("users")
    (folder / "my.key").write_text("secret\n")
    photos = classify_images(champion_dir, load_mixed_bytes([]))
    Stumbling.keys = set()
    Stumbling.model_version = load_card(champion_dir).model_version
    Stumbling.class_names = {
        hashlib.sha256(photo.image_bytes).hexdigest(): photo.class_name for photo in photos
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Stumbling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", "--headless"]
        command += ["--host", f"http://127.0.0.1:{server.server_port}", "-u", "1", "-t", "4s"]
        command += ["--key-file", str(folder / "my.key"), "--log-dir", str(folder), "--photos"]
        command += ["--processes", "1", "--stop-timeout", "10", "PhotoUser"]
        done = subprocess.run(
            command, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=60, check=False
        )
        server.shutdown()
    # Locust's own verdict: there were failures.
    assert done.returncode == 1, done.stderr
    return load_requests(folder / "requests.csv")


def test_questions_are_due_at_fixed_times_though_one_answer_stalled(requests):
    assert len(requests) >= 15
    gaps_s = [after.due_s - before.due_s for before, after in itertools.pairwise(requests)]
    assert gaps_s == pytest.approx([0.2] * len(gaps_s), abs=1e-3)


def test_those_behind_a_stalled_answer_waited_though_they_were_answered_at_once(requests):
    stalled, behind = requests[STALLED], requests[STALLED + 1]
    assert stalled.response_s >= STALL_S
    assert behind.response_s >= STALL_S - 0.3
    assert behind.service_s < 0.5


def test_a_good_status_with_a_wrong_body_is_a_failure(requests):
    # The refused question took two of the server's numbers.
    assert [item.fault for item in requests if item.fault] == [
        "another class than the model itself gives",
        "not a prediction",
    ]
    assert requests[WRONG - 1].fault


def test_a_refused_question_is_asked_again_as_our_client_does(requests):
    refused = requests[REFUSED]
    assert refused.failures.startswith("status 503")
    assert not refused.fault
    assert Stumbling.keys == {"Bearer secret"}
