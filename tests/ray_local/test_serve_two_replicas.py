"""Two replicas of the predict application: one limit, one page of metrics, one log line."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import ray
from prometheus_client.parser import text_string_to_metric_families

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret

PORT = 18001
URL = f"http://127.0.0.1:{PORT}"
REQUESTS_PER_MINUTE = 120
NUM_ASKED = 24
SECRETS = {"farm": "of the farm", "orchard": "of the orchard"}
# Ray's agent gathers every 10 s.
GATHER_TIMEOUT_S = 60.0

# Ray Serve is imported inside the tests, for its import warns of a deprecated use of pydantic.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")


def write_keys(path, secrets):
    keys = tuple(
        ApiKey(name=name, role=Role.PREDICT, sha256=hash_secret(secret))
        for name, secret in secrets.items()
    )
    path.write_text(ApiKeys(keys=keys).model_dump_json())


@pytest.fixture(scope="module")
def keys_path(ray_cluster, champion_dir, tmp_path_factory):
    """Serve two replicas, and return their key file."""
    from ray import serve

    from serve_app.layers.ray_ledger import ACTOR_NAME, NAMESPACE
    from serve_app.predict_app import PredictAppArgs, PredictService

    keys_path = tmp_path_factory.mktemp("keys") / "api_keys.json"
    write_keys(keys_path, SECRETS)
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    args = PredictAppArgs(
        api_keys_path=keys_path,
        requests_per_minute=REQUESTS_PER_MINUTE,
    )
    deployment = cast("serve.Deployment", PredictService)
    order = {"order_id": "first", "artifact_dir": str(champion_dir)}
    application = deployment.options(num_replicas=2, user_config=order).bind(args)
    serve.run(application, name="two", route_prefix="/")
    yield keys_path
    serve.shutdown()
    ray.kill(ray.get_actor(ACTOR_NAME, NAMESPACE))


def ask(method="GET", path="/v1/model", key="farm", **options):
    # A connection of its own for each request, so that both replicas get some.
    headers = {"Authorization": f"Bearer {SECRETS.get(key, key)}"}
    with httpx2.Client(base_url=URL, headers=headers, trust_env=False, timeout=60) as http:
        return http.request(method, path, **options)


def ask_often(count, **options):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: ask(**options), range(count)))


def read_log_lines():
    node = cast(Any, ray._private.worker._global_node)
    logs_dir = Path(node.get_logs_dir_path()) / "serve"
    texts = [path.read_text() for path in logs_dir.glob("replica_two_PredictService_*.log")]
    return [json.loads(line) for text in texts for line in text.splitlines()]


@pytest.fixture(scope="module")
def answers(keys_path, drawn_leaf_bytes):
    """Answers to photos, under the key whose limit is left alone."""
    responses = ask_often(
        NUM_ASKED,
        method="POST",
        path="/v1/predictions",
        key="orchard",
        content=drawn_leaf_bytes,
    )
    assert {response.status_code for response in responses} == {200}
    return [response.json() for response in responses]


def test_the_limit_of_a_key_holds_over_both_replicas(keys_path):
    started_s = time.monotonic()
    responses = ask_often(3 * REQUESTS_PER_MINUTE)
    num_earned = int((time.monotonic() - started_s) * REQUESTS_PER_MINUTE / 60)
    refused = [response for response in responses if response.status_code == 429]
    num_let_in = len(responses) - len(refused)
    # A token or so may lie unused with a replica when the last request goes to the other one.
    assert REQUESTS_PER_MINUTE - 2 <= num_let_in <= REQUESTS_PER_MINUTE + num_earned
    assert refused[-1].json()["code"] == "rate_limited"
    assert int(refused[-1].headers["retry-after"]) >= 1
    assert ask(key="orchard").status_code == 200


def test_the_page_of_metrics_counts_both_replicas_beside_ray(answers):
    # A call that no other test of this Ray makes: its page keeps what ended replicas counted.
    ask_often(NUM_ASKED, method="DELETE", path="/v1/predictions", key="orchard")
    deadline_s = time.monotonic() + GATHER_TIMEOUT_S
    while True:
        page = ask(path="/metrics", key="nobody").text
        samples = [
            sample
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == "ray_leafray_requests_total" and sample.labels["method"] == "DELETE"
        ]
        if sum(sample.value for sample in samples) >= NUM_ASKED:
            break
        assert time.monotonic() < deadline_s, page[-2000:]
        time.sleep(1)
    assert sum(sample.value for sample in samples) == NUM_ASKED
    assert len({sample.labels["WorkerId"] for sample in samples}) == 2
    assert f'model_version="{answers[0]["model_version"]}"' in page
    for name in (
        "ray_leafray_stage_seconds_bucket",
        "ray_leafray_request_seconds_bucket",
        "ray_leafray_predictions_total",
        "ray_leafray_confidence_bucket",
        "ray_leafray_requests_waiting",
        "ray_leafray_model_info",
        "ray_node_cpu_count",
    ):
        assert f"\n{name}{{" in page


def test_each_request_is_one_line_of_json(answers):
    request_ids = {answer["request_id"] for answer in answers}
    deadline_s = time.monotonic() + 10
    while True:
        lines = [line for line in read_log_lines() if line.get("request_id") in request_ids]
        if len(lines) >= len(request_ids):
            break
        assert time.monotonic() < deadline_s
        time.sleep(0.2)
    assert {line["request_id"] for line in lines} == request_ids
    assert len(lines) == len(request_ids)
    by_id = {answer["request_id"]: answer for answer in answers}
    for line in lines:
        assert (line["key"], line["route"], line["status"]) == ("orchard", "/v1/predictions", 200)
        assert line["model_version"] == by_id[line["request_id"]]["model_version"]
        timing_ms = by_id[line["request_id"]]["timing_ms"]
        assert line["infer_ms"] == pytest.approx(timing_ms["infer"], abs=0.01)
        assert line["asctime"]
    assert len({line["replica"] for line in lines}) == 2


def test_both_replicas_take_a_changed_key_file_over(keys_path):
    write_keys(keys_path, {**SECRETS, "farm": "a new secret"})
    deadline_s = time.monotonic() + 10
    while {response.status_code for response in ask_often(8, path="/v1/nothing")} != {401}:
        assert time.monotonic() < deadline_s, "a replica still takes the old key"
    assert ask(path="/v1/nothing", key="a new secret").status_code in {404, 429}
    write_keys(keys_path, SECRETS)


def test_without_the_ledger_the_replicas_go_on(keys_path):
    from serve_app.layers.ray_ledger import ACTOR_NAME, NAMESPACE

    ray.kill(ray.get_actor(ACTOR_NAME, NAMESPACE))
    codes = {response.status_code for response in ask_often(16, key="orchard")}
    assert codes == {200}
    deadline_s = time.monotonic() + 30
    while True:
        try:
            ray.get_actor(ACTOR_NAME, NAMESPACE)
            break
        except ValueError:
            assert time.monotonic() < deadline_s, "no replica has started the ledger again"
            ask_often(8, key="orchard")


def test_gauges_stay_though_nobody_asks(keys_path):
    # Ray's exporter forgets a gauge that was not set again within 10 s; the key file is as old as
    # the replicas' first setting.
    time.sleep(max(0.0, keys_path.stat().st_ctime + 25 - time.time()))
    assert "ray_leafray_model_info{" in ask(path="/metrics", key="nobody").text
