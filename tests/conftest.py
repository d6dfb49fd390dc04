"""Rings from folders, skips that fail in continuous integration, and what tests share.

A test belongs to the ring of the folder below ``tests/`` that it lies in; nobody marks by hand.
"""

import os
from collections.abc import Generator
from pathlib import Path, PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS_DIR = Path(__file__).parent
# Quick and independent first: a broken contract is known before Ray has started.
RINGS = ("architecture", "unit", "contract", "ray_local", "gui", "e2e", "nodes")
# Rings that hold one thing for a whole session: a Ray, a display, a cluster. Where tests run in
# several processes (pytest-xdist) each of these rings stays in one.
UNDIVIDED_RINGS = frozenset({"ray_local", "gui", "e2e", "nodes"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(_get_ring(item))
    items.sort(key=lambda item: RINGS.index(_get_ring(item)))


# Its own groups (--dist loadgroup, 3.8.0) come to nothing with pytest 9.2, which no longer reads
# the field that they are written into.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return RingScheduling(config, log)


class RingScheduling(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives a process a file of tests at a time, and an undivided ring as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        ring = PurePosixPath(path).parts[1]
        return ring if ring in UNDIVIDED_RINGS else path


def _get_ring(item: pytest.Item) -> str:
    folder = item.path.relative_to(TESTS_DIR).parts[0]
    if folder not in RINGS:
        message = f"{item.path} lies in no ring; move it to one of tests/{{{','.join(RINGS)}}}."
        raise pytest.UsageError(message)
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _is_ci():
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and _is_ci():
        _fail(report)
    return report


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{reason} (with CI=true a skip is a failure)"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real photographs, which cannot be committed."""
    named = os.environ.get("LEAFRAY_DATA")
    if not named:
        pytest.skip("needs real photographs: set LEAFRAY_DATA to their folder")
    folder = Path(named).resolve()
    if not folder.is_dir():
        pytest.fail(f"LEAFRAY_DATA names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def champion_dir() -> Path:
    """The bundled artifact."""
    from models.artifact import CHAMPION_DIR

    assert (CHAMPION_DIR / "card.json").is_file(), f"the bundled artifact {CHAMPION_DIR} is missing"
    return CHAMPION_DIR


@pytest.fixture(scope="session")
def drawn_leaf_bytes() -> bytes:
    """A JPEG of a drawn leaf, the same in every run."""
    from models.leaf_drawing import draw_leaf, encode_jpeg

    return encode_jpeg(draw_leaf(7))
