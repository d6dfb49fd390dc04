"""The import contracts of pyproject.toml hold, and cover what the design names."""

import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

REPO_DIR = Path(__file__).parents[2]
PACKAGES = ("cluster", "gui", "loadtest", "models", "serve_app", "train_jobs")
# Modules that decide and have no effects; those that exist must be under contract.
PURE_MODULES = (
    "train_jobs.gate",
    "train_jobs.manifest",
    "gui.state",
    "gui.events",
    "loadtest.slo",
    "models.metrics",
    "models.preprocess",
    "models.labels",
)


@pytest.fixture(scope="module")
def importlinter():
    return tomllib.loads((REPO_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_every_contract_is_kept():
    command = Path(sysconfig.get_path("scripts")) / "lint-imports"
    run = subprocess.run([command, "--no-cache"], cwd=REPO_DIR, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_package_is_under_contract(importlinter):
    assert sorted(importlinter["root_packages"]) == sorted(PACKAGES)


def test_every_pure_module_is_under_contract(importlinter):
    (contract,) = [c for c in importlinter["contracts"] if c["name"] == "Pure decision modules"]
    existing = [
        name
        for name in PURE_MODULES
        if REPO_DIR.joinpath(*name.split(".")).with_suffix(".py").exists()
    ]
    assert sorted(contract["source_modules"]) == sorted(existing)
