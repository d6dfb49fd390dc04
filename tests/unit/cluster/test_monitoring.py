"""Prometheus' rules and Grafana's dashboards: valid, tested, and of metrics that there are."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import ray
import yaml
from prometheus_client.parser import text_string_to_metric_families

from serve_app.loop.drift_gauges import DriftGauges
from serve_app.meters.local_meter import LocalMeter
from serve_app.meters.metrics import ServiceMetrics

REPO_DIR = Path(__file__).parents[3]
PROMETHEUS_DIR = REPO_DIR / "cluster" / "prometheus"
DASHBOARDS = sorted((REPO_DIR / "cluster" / "grafana" / "dashboards").glob("*.json"))
RULE_FILES = sorted(PROMETHEUS_DIR.glob("[ra]*s.yaml"))
METRIC = re.compile(r"\b(?:ray|leafray|up)[a-zA-Z0-9_:]*(?=[\[{ )]|$)")
# Labels, written where metrics are: `by (ray_train_run_name)`.
LABELS = {"ray_train_run_name", "ray_train_controller_state"}


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("needs promtool: install Debian's package prometheus")
    return found


def run(promtool: str, *arguments: str | Path) -> None:
    answer = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def list_rules() -> list[dict[str, Any]]:
    return [
        rule for path in RULE_FILES for group in load(path)["groups"] for rule in group["rules"]
    ]


def list_targets() -> list[tuple[str, str]]:
    return [
        (f"{path.stem}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]


def test_promtool_takes_the_configuration(promtool):
    run(promtool, "check", "config", PROMETHEUS_DIR / "prometheus.yaml")


def test_promtool_takes_the_one_for_kubernetes(promtool, tmp_path):
    # Debian's promtool is built without Kubernetes: the rest of the job is checked with a list.
    shutil.copytree(PROMETHEUS_DIR, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "prometheus.kubernetes.yaml"
    config = load(path)
    (job,) = config["scrape_configs"]
    assert job.pop("kubernetes_sd_configs")[0]["role"] == "pod"
    job["static_configs"] = [{"targets": ["10.0.0.1:8080"]}]
    path.write_text(yaml.safe_dump(config))
    run(promtool, "check", "config", path)


@pytest.mark.parametrize("name", ["alert_tests.yaml", "drift_tests.yaml"])
def test_alerts_fire_when_they_should_and_not_before(promtool, name):
    run(promtool, "test", "rules", Path(__file__).with_name(name))


def test_every_query_of_a_dashboard_can_be_read(promtool, tmp_path):
    rules = [
        {"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "1m")}
        for number, (_, expr) in enumerate(list_targets())
    ]
    path = tmp_path / "panels.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run(promtool, "check", "rules", path)


def test_every_alert_is_in_a_test():
    tested = {
        case["alertname"]
        for name in ("alert_tests.yaml", "drift_tests.yaml")
        for test in load(Path(__file__).with_name(name))["tests"]
        for case in test["alert_rule_test"]
    }
    assert tested >= {rule["alert"] for rule in list_rules() if "alert" in rule}


def test_every_alert_says_what_to_do():
    runbook = (REPO_DIR / "cluster" / "RUNBOOK.md").read_text()
    headings = re.findall(r"^## (\w+)$", runbook, re.MULTILINE)
    alerts = [rule for rule in list_rules() if "alert" in rule]
    assert [alert["alert"] for alert in alerts] == headings
    for alert in alerts:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        anchor = alert["annotations"]["runbook_url"].partition("#")[2]
        assert anchor == alert["alert"].lower()


@pytest.fixture(scope="module")
def known_metrics() -> set[str]:
    """Names on our own page, names that Ray's own dashboards ask for, names of our rules."""
    meter = LocalMeter()
    metrics = ServiceMetrics(meter, num_threads=1, get_model_version=lambda: "1")
    DriftGauges(meter)
    page = asyncio.run(metrics.read_page()).decode()
    names = {name for family in text_string_to_metric_families(page) for name in names_of(family)}
    rays = Path(ray.__file__).parent
    sources = [
        *(rays / "dashboard/modules/metrics/dashboards").glob("*.py"),
        rays / "serve/_private/deployment_state.py",
    ]
    for source in sources:
        text = source.read_text()
        names |= set(re.findall(r"\bray_\w+", text))
        names |= {f"ray_{name}" for name in re.findall(r'"(serve_\w+)"', text)}
    return names | {rule["record"] for rule in list_rules() if "record" in rule} | {"up"}


def names_of(family: Any) -> set[str]:
    by_type = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {f"{family.name}{suffix}" for suffix in by_type[family.type]}


def test_every_metric_that_is_asked_for_exists(known_metrics):
    asked = list_targets() + [
        (rule.get("alert") or rule["record"], rule["expr"]) for rule in list_rules()
    ]
    unknown = {
        (place, name)
        for place, expr in asked
        for name in METRIC.findall(expr)
        if name not in known_metrics | LABELS
    }
    assert unknown == set()


def test_a_metric_that_nobody_exports_is_noticed(known_metrics):
    # Proof that the test above can fail.
    assert METRIC.findall('rate(ray_leafray_wishes_total{a="b"}[5m])') == [
        "ray_leafray_wishes_total"
    ]
    assert "ray_leafray_wishes_total" not in known_metrics
    assert "ray_leafray_requests_total" in known_metrics


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_provisioned(path):
    dashboard = json.loads(path.read_text())
    assert dashboard["uid"] == f"leafray-{path.stem}"
    (source,) = load(REPO_DIR / "cluster/grafana/provisioning/datasources/prometheus.yaml")[
        "datasources"
    ]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    for panel in panels:
        assert panel["datasource"]["uid"] == source["uid"]
        assert panel["targets"]


def test_all_that_people_ask_about_has_a_dashboard():
    assert [path.stem for path in DASHBOARDS] == ["drift", "serving", "slo", "training"]
