"""What guards the service and makes it seen: rate limit, key rotation, headers, log, metrics."""

import asyncio
import contextlib
import json
import logging
import re
import socket
import time

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from serve_app.api import create_api
from serve_app.layers.key_watch import CHECK_PERIOD_S
from serve_app.layers.rate_limit import Ledger, RateLimit
from serve_app.layers.rate_limiter import RateLimiter
from serve_app.parts import load_parts
from serve_app.schemas import ErrorBody
from tests.contract.conftest import run_server

PREDICT = "/v1/predictions"
ORIGIN = "https://farm.example"
LIMIT = RateLimit(requests_per_minute=12)


def write_keys(path, **secrets):
    keys = tuple(
        ApiKey(name=name, role=Role.PREDICT, sha256=hash_secret(secret))
        for name, secret in secrets.items()
    )
    path.write_text(ApiKeys(keys=keys).model_dump_json())


@pytest.fixture(scope="module")
def start(champion_dir, tmp_path_factory):
    """Return what starts a service with its own key file, for as long as the module runs."""
    with contextlib.ExitStack() as stack:

        def start_service(**options):
            path = tmp_path_factory.mktemp("guards") / "api_keys.json"
            write_keys(path, farm="secret of the farm", orchard="secret of the orchard")
            parts = load_parts(champion_dir, path, **options)
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stack.enter_context(run_server(create_api(parts), listener))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            headers = {"Authorization": "Bearer secret of the farm"}
            http = httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=30)
            return stack.enter_context(http), parts, path

        yield start_service


@pytest.fixture(scope="module")
def guarded(start):
    return start(cors_origins=(ORIGIN,))


@pytest.fixture(scope="module")
def http(guarded):
    return guarded[0]


def read_samples(http):
    response = http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_the_limit_holds_over_two_services_with_one_ledger(start):
    ledger = Ledger()

    def connect(replica_id):
        async def lend(key_name, num_wanted, limit):
            await asyncio.sleep(0)
            return ledger.lend(key_name, replica_id, num_wanted, limit)

        return RateLimiter(LIMIT, lend)

    services = [start(limiter=connect(replica_id))[0] for replica_id in "ab"]
    started_s = time.monotonic()
    responses = [services[idx % 2].get("/v1/model") for idx in range(30)]
    num_earned = int((time.monotonic() - started_s) * LIMIT.rate_per_s)
    refused = [response for response in responses if response.status_code == 429]
    num_let_in = len(responses) - len(refused)
    assert all(response.status_code in {200, 429} for response in responses)
    assert LIMIT.requests_per_minute <= num_let_in <= LIMIT.requests_per_minute + num_earned
    for response in refused:
        body = ErrorBody.model_validate_json(response.content)
        assert body.code == "rate_limited"
        assert body.request_id == response.headers["x-request-id"]
        assert 1 <= int(response.headers["retry-after"]) <= 5
    orchard = {"Authorization": "Bearer secret of the orchard"}
    assert services[0].get("/v1/model", headers=orchard).status_code == 200
    assert services[1].get("/readyz").status_code == 200


def test_a_photo_beyond_the_limit_is_refused_though_its_body_comes(start, drawn_leaf_bytes):
    ledger = Ledger()
    ledger.lend("farm", "another replica", LIMIT.requests_per_minute, LIMIT)

    async def lend(key_name, num_wanted, limit):
        return ledger.lend(key_name, "a", num_wanted, limit)

    http, *_ = start(limiter=RateLimiter(LIMIT, lend))
    response = http.post(PREDICT, content=drawn_leaf_bytes * 50)
    assert response.status_code == 429
    assert "connection" not in response.headers  # the whole body was read


def test_a_changed_key_file_is_taken_over_without_a_restart(start):
    http, _, path = start()
    assert http.get("/v1/model").status_code == 200
    path.write_text("{")
    time.sleep(2 * CHECK_PERIOD_S)
    assert http.get("/v1/model").status_code == 200
    write_keys(path, farm="another secret")
    deadline_s = time.monotonic() + 3 * CHECK_PERIOD_S
    while http.get("/v1/model").status_code == 200:
        assert time.monotonic() < deadline_s, "the old key is still taken"
        time.sleep(0.05)
    headers = {"Authorization": "Bearer another secret"}
    assert http.get("/v1/model", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", PREDICT, 200),
        ("POST", f"{PREDICT}?top_k=0", 422),
        ("GET", "/v1/model", 200),
        ("GET", "/nothing", 404),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
    ],
)
def test_every_answer_is_safe_in_a_browser(http, drawn_leaf_bytes, method, path, status):
    content = drawn_leaf_bytes if method == "POST" else None
    response = http.request(method, path, content=content)
    assert response.status_code == status
    check_headers(response)


def check_headers(response):
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]
    assert response.headers.get_list("cache-control") == ["no-store"]
    assert response.headers.get_list("x-frame-options") == ["DENY"]
    assert response.headers.get_list("referrer-policy") == ["no-referrer"]
    assert response.headers.get_list("content-security-policy") == [
        "default-src 'none'; frame-ancestors 'none'"
    ]


def test_strangers_get_the_headers_too(http):
    response = http.get("/v1/model", headers={"Authorization": "Bearer wrong"})
    assert response.status_code == 401
    check_headers(response)


def test_a_surprise_is_told_logged_and_counted(start, drawn_leaf_bytes, caplog, monkeypatch):
    caplog.set_level(logging.INFO, logger="leafray.access")
    http, parts, _ = start()

    def fail(*args, **options):
        raise RuntimeError("a surprise")

    monkeypatch.setattr(parts.models.champion.predictor, "infer", fail)
    # uvicorn closes after a surprise: the connection must not be used again.
    response = http.post(PREDICT, content=drawn_leaf_bytes, headers={"Connection": "close"})
    assert response.status_code == 500
    check_headers(response)
    assert find_record(caplog, response).status == 500
    assert read_samples(http)["ray_leafray_requests_total", *sorted([PREDICT, "POST", "500"])] == 1


def test_the_page_of_documents_may_load_what_it_names(http):
    response = http.get("/docs")
    policy = response.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="(https://[^/"]+)', response.text)
    assert loaded
    assert all(host in policy for host in loaded)
    assert "frame-ancestors 'none'" in policy
    assert http.get("/redoc").status_code == 404


def test_other_websites_may_not_ask_by_default(start):
    http, *_ = start()
    response = http.get("/healthz", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in response.headers
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Authorization": ""}
    assert http.options(PREDICT, headers=asked).status_code == 401


@pytest.mark.parametrize(
    ("origin", "is_allowed"), [(ORIGIN, True), ("https://evil.example", False)]
)
def test_listed_websites_may_ask(http, origin, is_allowed):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    permission = http.options(PREDICT, headers={**asked, "Authorization": ""})
    assert (permission.status_code == 200) is is_allowed
    answer = http.get("/v1/model", headers={"Origin": origin})
    assert answer.headers.get("access-control-allow-origin") == (origin if is_allowed else None)
    assert "access-control-allow-credentials" not in answer.headers


def find_record(caplog, response):
    # The line is written after the answer was sent.
    deadline_s = time.monotonic() + 5
    while True:
        (*_, record) = [None, *(r for r in caplog.records if r.name == "leafray.access")]
        if record is not None and record.request_id == response.headers["x-request-id"]:
            return record
        assert time.monotonic() < deadline_s, "the request was not logged"
        time.sleep(0.01)


def test_a_request_is_logged_in_one_line_without_its_secrets(http, drawn_leaf_bytes, caplog):
    caplog.set_level(logging.INFO, logger="leafray.access")
    response = http.post(PREDICT, content=drawn_leaf_bytes, params={"top_k": 3})
    record = find_record(caplog, response)
    answer = response.json()
    assert (record.key, record.method, record.route, record.status) == (
        "farm",
        "POST",
        PREDICT,
        200,
    )
    assert record.model_version == answer["model_version"]
    for stage, milliseconds in answer["timing_ms"].items():
        assert getattr(record, f"{stage}_ms") == pytest.approx(milliseconds, abs=0.01)
    assert record.total_ms >= record.infer_ms
    assert sum(r.name == "leafray.access" for r in caplog.records) == 1
    written = json.dumps(vars(record), default=str)
    for secret in ("secret of the farm", hash_secret("secret of the farm"), "top_k"):
        assert secret not in written


@pytest.mark.parametrize(
    ("path", "authorization", "route", "key", "status"),
    [
        ("/v1/model", "Bearer wrong", "/v1/model", None, 401),
        ("/v1/model/../x?key=secret", "Bearer secret of the farm", "other", "farm", 404),
        ("/made/up/by/a/caller", "", "other", None, 404),
        ("/v1/model?x=1", "Bearer secret of the farm", "/v1/model", "farm", 422),
    ],
)
def test_refused_requests_are_logged_by_their_route(
    http, caplog, path, authorization, route, key, status
):
    caplog.set_level(logging.INFO, logger="leafray.access")
    response = http.get(path, headers={"Authorization": authorization})
    record = find_record(caplog, response)
    assert (record.status, response.status_code) == (status, status)
    assert (record.route, record.key) == (route, key)


def test_a_prediction_is_counted(start, drawn_leaf_bytes):
    http, *_ = start()
    answer = http.post(PREDICT, content=drawn_leaf_bytes).json()
    assert http.post(PREDICT, content=b"no image").status_code == 415
    samples = read_samples(http)
    requests = "ray_leafray_requests_total"
    assert samples[requests, *sorted([PREDICT, "POST", "200"])] == 1
    assert samples[requests, *sorted([PREDICT, "POST", "415"])] == 1
    assert samples["ray_leafray_request_seconds_count", PREDICT] == 2
    for stage, milliseconds in answer["timing_ms"].items():
        assert samples["ray_leafray_stage_seconds_count", stage] == 1
        assert samples["ray_leafray_stage_seconds_sum", stage] == pytest.approx(milliseconds / 1000)
    best = answer["predictions"][0]
    outcome = answer["refusal"]["code"] if answer["refusal"] else "known"
    assert samples["ray_leafray_predictions_total", *sorted([best["class_name"], outcome])] == 1
    assert samples["ray_leafray_confidence_sum",] == pytest.approx(best["probability"])
    assert samples["ray_leafray_requests_waiting",] == 0
    assert samples["ray_leafray_model_info", answer["model_version"]] == 1


def test_made_up_paths_and_methods_make_no_new_series(start):
    http, *_ = start()
    for method in ("PURGE", "PROPFIND", "LOCK"):
        assert http.request(method, f"/{method}").status_code == 404
    series = [key for key in read_samples(http) if key[0] == "ray_leafray_requests_total"]
    assert series == [("ray_leafray_requests_total", "404", "other", "other")]


def test_what_needs_no_key_needs_none(http):
    for path in ("/healthz", "/readyz", "/metrics", "/docs"):
        assert http.get(path, headers={"Authorization": ""}).status_code == 200


def test_each_photo_of_a_batch_is_counted(http, drawn_leaf_bytes):
    def count():
        samples = read_samples(http).items()
        return sum(value for key, value in samples if key[0] == "ray_leafray_predictions_total")

    before = count()
    files = [
        ("image", (name, data))
        for name, data in (
            ("a.jpg", drawn_leaf_bytes),
            ("b.jpg", drawn_leaf_bytes),
            ("c.jpg", b"no photo"),
        )
    ]
    assert http.post("/v1/predictions/batch", files=files).status_code == 200
    assert count() == before + 2
