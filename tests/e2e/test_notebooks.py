"""``python -m notebooks.execute``, what ``make notebooks`` runs, on a few drawn leaves."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

REPO_DIR = Path(__file__).parents[2]
NOTEBOOKS_DIR = REPO_DIR / "notebooks"


def run(*arguments, timeout_s):
    environment = {**os.environ, "LEAFRAY_NOTEBOOK_IMAGES": "4"}
    for name in ("LEAFRAY_DATA", "LEAFRAY_HOME", "MLFLOW_TRACKING_URI", "RAY_ADDRESS"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "notebooks.execute", *map(str, arguments)],
        cwd=REPO_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@pytest.mark.timeout(600)
def test_all_notebooks_run_and_the_committed_ones_stay(tmp_path):
    committed = {path: path.read_bytes() for path in NOTEBOOKS_DIR.glob("*.ipynb")}
    done = run("--to", tmp_path, timeout_s=570)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.read_bytes() for path in committed} == committed
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in committed}
    for path in tmp_path.iterdir():
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in code)
        assert "Drawn leaves" in str(notebook.cells[1].outputs)
        assert f"{path.name}, cell {len(notebook.cells)}" in done.stdout


@pytest.mark.parametrize(
    ("source", "reason"),
    [("1 / 0", "ZeroDivisionError"), ("import time; time.sleep(90)", "timed out")],
)
def test_a_failed_cell_is_named_and_nothing_is_written(tmp_path, source, reason):
    path = tmp_path / "broken.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("'leaf'"), new_code_cell(source)]), path)
    before = path.read_bytes()
    done = run("--cell-timeout-s", 10, path, timeout_s=120)
    assert done.returncode == 1
    assert "broken.ipynb, cell 2 of 2 failed" in done.stderr
    assert reason in done.stderr
    assert path.read_bytes() == before
