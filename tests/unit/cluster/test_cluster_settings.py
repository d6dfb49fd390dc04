"""Settings: defaults, environment, refusals."""

import re
from pathlib import Path

import pytest

from cluster.errors import SettingsError
from cluster.settings import load_settings


def test_defaults_listen_on_the_documented_loopback_ports(monkeypatch, tmp_path):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.http_url == "http://127.0.0.1:8000"
    assert settings.dashboard_url == "http://127.0.0.1:8265"
    assert settings.mlflow_url == "http://127.0.0.1:5000"
    assert settings.mlflow_tracking_uri == f"sqlite:///{tmp_path}/mlflow/mlflow.db"
    assert settings.ray_cpus >= 1


def test_home_is_absolute_even_when_given_relative(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEAFRAY_HOME", "state")
    assert load_settings().home == tmp_path / "state"
    monkeypatch.delenv("LEAFRAY_HOME")
    assert load_settings().home == Path(tmp_path, "var")


def test_the_tracking_uri_of_the_environment_wins(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://tracking.example.org")
    assert load_settings().mlflow_tracking_uri == "https://tracking.example.org"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LEAFRAY_HTTP_PORT", "80"),
        ("LEAFRAY_HTTP_PORT", "eight"),
        ("LEAFRAY_DASHBOARD_PORT", "70000"),
        ("LEAFRAY_HTTP_HOST", "0.0.0.0"),
        ("LEAFRAY_MIN_REPLICAS", "0"),
        ("LEAFRAY_OBJECT_STORE_BYTES", "1"),
        ("LEAFRAY_REQUESTS_PER_MINUTE", "-1"),
        ("LEAFRAY_CORS_ORIGINS", "https://a.example https://b.example/page"),
        ("LEAFRAY_CORS_ORIGINS", "*"),
        ("LEAFRAY_CORS_ORIGINS", "null"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"{variable}=.*{re.escape(value.split()[0])}"):
        load_settings()


def test_several_websites_may_be_listed(monkeypatch):
    monkeypatch.setenv("LEAFRAY_CORS_ORIGINS", "https://a.example  http://127.0.0.1:3000")
    assert load_settings().cors_origins == ("https://a.example", "http://127.0.0.1:3000")
    monkeypatch.setenv("LEAFRAY_CORS_ORIGINS", "")
    assert load_settings().cors_origins == ()
