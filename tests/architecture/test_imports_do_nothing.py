"""Importing a package, all of its modules, makes nothing, starts nothing and loads no stranger."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO_DIR = Path(__file__).parents[2]
PROBE = """
import importlib, json, logging, os, pkgutil, sys, threading

names = sys.argv[1:]
for name in list(names):
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(found.name)
ray = sys.modules.get("ray")
print(json.dumps({
    "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
    "has_ray_running": bool(ray) and ray.is_initialized(),
    "root_handlers": [str(handler) for handler in logging.getLogger().handlers],
    "threads": [t.name for t in threading.enumerate() if t is not threading.main_thread()],
}))
"""
# What the modules may not load, beyond what the import contracts see (they read the code only).
STRANGERS = {
    "models": {"ray", "fastapi", "mlflow", "dearpygui", "locust"},
    "gui": {"ray", "torch", "torchvision", "timm", "fastapi", "mlflow", "train_jobs"},
    "loadtest": {"ray", "torch", "torchvision", "timm", "mlflow", "train_jobs"},
    "cluster": {"models", "torch", "serve_app", "train_jobs"},
    "serve_app": {"torch", "torchvision", "timm", "mlflow", "train_jobs"},
    "train_jobs": {"fastapi", "serve_app", "gui", "dearpygui"},
    "models.predictor": {"ray", "torch", "timm", "onnx", "mlflow", "pandas"},
    "serve_app.client": {"ray", "torch", "fastapi", "onnxruntime", "mlflow"},
    "serve_app.schemas": {"ray", "torch", "fastapi", "numpy", "PIL"},
}


@pytest.fixture(params=STRANGERS)
def imported(request, tmp_path):
    """Import in a process of its own, in an empty folder that is also its home."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPO_DIR),
        "HOME": str(tmp_path / "home"),
        "MPLCONFIGDIR": str(tmp_path / "home" / "matplotlib"),
    }
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    run = subprocess.run(
        [sys.executable, "-c", PROBE, request.param],
        cwd=tmp_path / "here",
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert run.returncode == 0, run.stderr
    return request.param, json.loads(run.stdout.splitlines()[-1]), tmp_path / "here"


def test_importing_does_nothing(imported):
    name, state, folder = imported
    assert STRANGERS[name] & set(state["loaded"]) == set()
    assert state["has_ray_running"] is False
    assert state["root_handlers"] == []
    assert state["threads"] == []
    assert list(folder.iterdir()) == []
