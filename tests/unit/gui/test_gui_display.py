"""No display is said in one line, before Dear PyGui is loaded."""

import os
import subprocess
import sys

import pytest

from gui.display import find_display_problem

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux can be without a display"
)


@linux_only
@pytest.mark.parametrize("name", ["", ":4321"])
def test_the_problem_names_the_display_and_the_way_out(name: str) -> None:
    problem = find_display_problem({"DISPLAY": name})
    assert problem is not None
    assert problem.startswith("no display: ")
    assert "python -m serve_app predict" in problem
    assert "\n" not in problem


@linux_only
def test_the_command_ends_with_that_line() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    done = subprocess.run(
        [sys.executable, "-m", "gui"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("no display: DISPLAY is not set;")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
