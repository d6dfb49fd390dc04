"""The committed notebooks: run from top to bottom, small, and silent about the machine."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS_DIR = Path(__file__).parents[2] / "notebooks"
NAMES = ("01-data.ipynb", "02-training.ipynb", "03-evaluation.ipynb")
MAX_BYTES = 1_500_000
# Written as an alternative, since this file is searched for such paths as well.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root|tmp|opt)/")


def test_every_notebook_is_known():
    assert sorted(path.name for path in NOTEBOOKS_DIR.glob("*.ipynb")) == list(NAMES)


@pytest.fixture(params=NAMES)
def notebook_path(request):
    return NOTEBOOKS_DIR / request.param


def test_it_was_run_from_top_to_bottom(notebook_path):
    notebook = nbformat.read(notebook_path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {kind for cell in code for output in cell.outputs for kind in output.get("data", {})}
    assert {"image/png", "image/jpeg", "text/markdown"} <= kinds


def test_it_shows_no_error_and_no_log(notebook_path):
    notebook = nbformat.read(notebook_path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output for output in outputs if output.output_type == "stream"] == []


def test_it_names_no_path_of_a_machine(notebook_path):
    notebook = nbformat.read(notebook_path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = [output.get("text", "") for output in outputs]
    texts += [
        content
        for output in outputs
        for kind, content in output.get("data", {}).items()
        if kind.startswith("text/")
    ]
    assert [text for text in texts if MACHINE_PATH.search(text)] == []


def test_it_is_small(notebook_path):
    assert notebook_path.stat().st_size <= MAX_BYTES
