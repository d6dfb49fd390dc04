"""`train_jobs download` against a real server that speaks as GitHub does, or misbehaves."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from train_jobs.download.errors import DownloadError
from train_jobs.download.git_tree import to_blob_sha1
from train_jobs.download.github_source import RetryPolicy
from train_jobs.download.plan import Limits
from train_jobs.download.run import COMMIT, DownloadRequest, download

REPO = "spMohanty/PlantVillage-Dataset"
APPLE, TOMATO = "Apple___healthy", "Tomato___Spider_mites Two-spotted_spider_mite"
POLICY = RetryPolicy(attempts=3, first_wait_s=0.01, pause_s=0.01, max_wait_s=0.5)

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class GitHub(ThreadingHTTPServer):
    """One commit; `troubles` are answers that come instead of the right one, one after another."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.photos = {
            folder: {
                f"{number}___RS_HL {number} #1%.JPG": bytes([number]) * 3000 for number in (1, 2, 3)
            }
            for folder in (APPLE, TOMATO)
        }
        self.requests: Counter[str] = Counter()
        self.tokens: Counter[tuple[str, str | None]] = Counter()
        self.troubles: dict[str, list[Answer]] = {}
        self.listed_bytes: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def get_body(self, path: str) -> bytes | None:
        host, _, rest = path.removeprefix("/").partition("/")
        if host == "raw":
            folder, _, name = rest.removeprefix(f"{REPO}/{COMMIT}/raw/color/").partition("/")
            return self.photos.get(folder, {}).get(name)
        sha = rest.removeprefix(f"repos/{REPO}/git/trees/")
        folders = {to_blob_sha1(folder.encode()): folder for folder in self.photos}
        trees = {
            COMMIT: [to_entry("README.md", size=1), to_entry("raw", "1" * 40)],
            "1" * 40: [to_entry("color", "2" * 40), to_entry("grayscale", "3" * 40)],
            "2" * 40: [to_entry(folder, sha) for sha, folder in folders.items()],
        }
        if sha in folders:
            trees[sha] = [
                to_entry(name, to_blob_sha1(content), size=self.listed_bytes or len(content))
                for name, content in self.photos[folders[sha]].items()
            ]
        return json.dumps({"sha": sha, "tree": trees[sha], "truncated": False}).encode()


class Handler(BaseHTTPRequestHandler):
    server: GitHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(self.path)
        name = path.rpartition("/")[2]
        self.server.requests[name] += 1
        self.server.tokens[path.split("/")[1], self.headers["Authorization"]] += 1
        body = self.server.get_body(path)
        troubles = self.server.troubles.get(name, [])
        if troubles:
            troubles.pop(0)(self, body or b"")
        elif body is None:
            answer(404)(self, b"")
        else:
            send(self, 200, body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def to_entry(name: str, sha: str = "f" * 40, *, size: int | None = None) -> dict[str, object]:
    if size is None:
        return {"path": name, "mode": "040000", "type": "tree", "sha": sha}
    return {"path": name, "mode": "100644", "type": "blob", "sha": sha, "size": size}


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def answer(status: int, **headers: str) -> Answer:
    return lambda handler, _: send(handler, status, b"{}", **headers)


def damage(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    send(handler, 200, b"!" + body[1:])


def cut_off(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Generator[GitHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with GitHub() as server:
        # Asked often, so that closing it takes no half second.
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def request_all(github: GitHub, tmp_path: Path) -> DownloadRequest:
    return DownloadRequest(
        to_dir=tmp_path / "photos",
        classes=(APPLE, TOMATO),
        policy=POLICY,
        num_connections=2,
        api_url=f"{github.url}/api",
        raw_url=f"{github.url}/raw",
    )


def fetch(request: DownloadRequest) -> tuple[int, int]:
    done = download(request, say=lambda line: None)
    return done.num_fetched, done.num_present


def read_photos(request: DownloadRequest) -> dict[str, dict[str, bytes]]:
    """Read what lies in the class folders, whatever it is; no draft may be left beside them."""
    assert list((request.to_dir / ".download").glob("*.part")) == []
    return {
        folder.name: {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in request.to_dir.iterdir()
        if folder.name != ".download"
    }


def test_everything_is_fetched_once(github: GitHub, request_all: DownloadRequest):
    lines: list[str] = []
    done = download(request_all, say=lines.append)
    assert read_photos(request_all) == github.photos
    assert (done.num_fetched, done.fetched_bytes) == (6, 18_000)
    assert lines[0] == "6 photographs of 2 classes, 0.0 MB"
    assert lines[-1].startswith("6 of 6 photographs, 0.0/0.0 MB")
    assert fetch(request_all) == (0, 6)
    assert set(github.requests.values()) == {1, 2}, "photos have one name in two folders"
    assert github.requests[COMMIT] == 1, "the second run lists from its own copy"


def test_a_class_and_a_number_are_enough(github: GitHub, request_all: DownloadRequest):
    some = replace(request_all, classes=("tomato__spider_mites",), max_images_per_class=2)
    assert fetch(some) == (2, 0)
    assert list(read_photos(some)) == [TOMATO]
    assert fetch(replace(some, max_images_per_class=3)) == (1, 2)


def test_the_token_goes_to_the_api_alone(github: GitHub, request_all: DownloadRequest):
    fetch(replace(request_all, token="secret\n"))
    assert set(github.tokens) == {("api", "Bearer secret"), ("raw", None)}
    with pytest.raises(DownloadError, match="GITHUB_TOKEN must be one line"):
        fetch(replace(request_all, token="two\nlines"))
    assert "secret" not in repr(replace(request_all, token="secret"))


def test_a_file_cut_off_in_the_middle_is_asked_for_again(
    github: GitHub, request_all: DownloadRequest
):
    github.troubles["1___RS_HL 1 #1%.JPG"] = [cut_off]
    assert fetch(request_all) == (6, 0)
    assert read_photos(request_all) == github.photos


def test_a_run_cut_off_in_the_middle_is_gone_on_with(github: GitHub, request_all: DownloadRequest):
    name = "2___RS_HL 2 #1%.JPG"
    one_by_one = replace(request_all, num_connections=1)
    github.troubles[name] = [answer(429, Retry_After="3600")]
    with pytest.raises(DownloadError, match=r"limit of requests.*1 of 6 photographs are in"):
        fetch(one_by_one)
    assert list(read_photos(one_by_one)[APPLE]) == ["1___RS_HL 1 #1%.JPG"]
    assert fetch(one_by_one) == (5, 1)
    assert read_photos(one_by_one) == github.photos


def test_a_damaged_file_is_fetched_twice(github: GitHub, request_all: DownloadRequest):
    github.troubles["3___RS_HL 3 #1%.JPG"] = [damage]
    assert fetch(request_all) == (6, 0)
    assert read_photos(request_all) == github.photos


def test_a_file_that_stays_damaged_is_named_and_not_kept(
    github: GitHub, request_all: DownloadRequest
):
    name = "3___RS_HL 3 #1%.JPG"
    github.troubles[name] = [damage] * 4
    apples = replace(request_all, classes=(APPLE,))
    with pytest.raises(DownloadError, match=r"raw/color/Apple___healthy/3___.*came twice"):
        fetch(apples)
    assert github.requests[name] == 2
    assert sorted(read_photos(apples)[APPLE]) == ["1___RS_HL 1 #1%.JPG", "2___RS_HL 2 #1%.JPG"]


def test_a_file_changed_on_the_disk_is_replaced(github: GitHub, request_all: DownloadRequest):
    fetch(request_all)
    path = request_all.to_dir / APPLE / "1___RS_HL 1 #1%.JPG"
    path.write_bytes(b"?" * 3000)
    (request_all.to_dir / TOMATO / path.name).write_bytes(b"half")
    assert fetch(request_all) == (2, 4)
    assert read_photos(request_all) == github.photos


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(github: GitHub, request_all: DownloadRequest, status: int):
    github.troubles["1___RS_HL 1 #1%.JPG"] = [answer(status, Retry_After="0"), answer(status)]
    github.troubles[COMMIT] = [answer(status)]
    assert fetch(request_all) == (6, 0)


def test_a_file_that_never_comes_is_named_and_the_rest_is_kept(
    github: GitHub, request_all: DownloadRequest
):
    name = "2___RS_HL 2 #1%.JPG"
    apples = replace(request_all, classes=(APPLE,))
    github.troubles[name] = [answer(500)] * 9
    with pytest.raises(DownloadError) as caught:
        fetch(apples)
    assert str(caught.value) == (
        f"1 of 3 photographs could not be fetched: raw/color/{APPLE}/{name}: the server answered "
        f"500. 2 of 3 photographs are in {apples.to_dir} and stay there; the same command goes on "
        "from there."
    )
    assert github.requests[name] == POLICY.attempts
    assert sorted(read_photos(apples)[APPLE]) == ["1___RS_HL 1 #1%.JPG", "3___RS_HL 3 #1%.JPG"]


def test_the_limit_of_the_api_says_until_when(github: GitHub, request_all: DownloadRequest):
    github.troubles["2" * 40] = [
        answer(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="4000000000")
    ]
    with pytest.raises(DownloadError, match=r"after 2096-10-02 07:06 UTC.*GITHUB_TOKEN"):
        fetch(request_all)


def test_a_listing_that_never_comes_says_what_to_do(github: GitHub, request_all: DownloadRequest):
    github.troubles["1" * 40] = [answer(404)]
    with pytest.raises(DownloadError, match=r"listing of raw.*404.*run the same command again"):
        fetch(request_all)


def test_a_damaged_copy_of_a_listing_is_fetched_anew(github: GitHub, request_all: DownloadRequest):
    fetch(request_all)
    (request_all.to_dir / ".download" / f"{COMMIT}.json").write_bytes(b"")
    assert fetch(request_all) == (0, 6)
    assert github.requests[COMMIT] == 2


def test_an_evil_name_is_refused_before_anything_is_fetched(
    github: GitHub, request_all: DownloadRequest
):
    github.photos[APPLE]["../evil.JPG"] = b"evil"
    with pytest.raises(DownloadError, match=r"'\.\./evil\.JPG', which cannot be a file"):
        fetch(request_all)
    assert read_photos(request_all) == {}


def test_a_size_over_the_bound_is_refused(github: GitHub, request_all: DownloadRequest):
    small = replace(request_all, limits=Limits(max_file_bytes=2999))
    with pytest.raises(DownloadError, match=r"has 0\.003 MB and .* 0\.002999 MB"):
        fetch(small)
    # A listing that lies about it: reading ends at the bound.
    github.listed_bytes = 10
    (small.to_dir / ".download" / f"{to_blob_sha1(APPLE.encode())}.json").unlink()
    with pytest.raises(DownloadError, match=r"3 of 3 photographs could not .* the 2999 bytes"):
        fetch(replace(small, classes=(APPLE,)))
    assert read_photos(small) == {}


def test_nobody_at_home_is_said(request_all: DownloadRequest, unused_url: str):
    with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1:\d+ \(.*refused"):
        fetch(replace(request_all, api_url=unused_url))
    with pytest.raises(DownloadError, match=r"no connection to .* 0 of 6 photographs"):
        fetch(replace(request_all, raw_url=unused_url))


@pytest.fixture
def unused_url() -> str:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_port}"


def test_a_folder_that_cannot_be_used_is_named(request_all: DownloadRequest):
    request_all.to_dir.write_text("a file")
    with pytest.raises(DownloadError, match=r"photos/\.download cannot be used: .* Correct it"):
        fetch(request_all)
    request_all.to_dir.unlink()
    with pytest.raises(DownloadError, match="Free some space"):
        fetch(replace(request_all, min_free_bytes=10**18))
