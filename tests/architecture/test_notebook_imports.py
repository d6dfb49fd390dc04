"""What the notebooks import of the packages is there: found in a second, not after minutes."""

import ast
import importlib
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS_DIR = Path(__file__).parents[2] / "notebooks"
PACKAGES = frozenset({"cluster", "models", "notebooks", "serve_app", "train_jobs"})


def list_imports(path):
    """Return (module, name) of what a notebook imports of the project."""
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in PACKAGES
        for alias in node.names
    ]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS_DIR.glob("*.ipynb")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_everything_that_a_notebook_imports_is_there(path):
    imports = list_imports(path)
    assert imports
    missing = [
        f"{module}.{name}"
        for module, name in imports
        if not hasattr(importlib.import_module(module), name)
    ]
    assert missing == []
