"""The probe of a container, run as a container runs it: a file, isolated."""

import subprocess
import sys
from pathlib import Path

PROBE = Path(__file__).parents[3] / "cluster" / "probe.py"


def run(*names, environment=None):
    return subprocess.run(
        [sys.executable, "-I", PROBE, *names],
        env=environment or {},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_says_what_it_can_ask_for():
    for names in ((), ("everything",), ("raylet", "everything")):
        answer = run(*names)
        assert answer.returncode == 2
        assert answer.stderr == "say which: raylet gcs serve\n"


def test_a_token_that_cannot_be_read_is_no_health(tmp_path):
    answer = run("gcs", environment={"RAY_AUTH_TOKEN_PATH": str(tmp_path / "missing")})
    assert answer.returncode == 1
    assert answer.stderr.startswith("gcs: ")
    assert "Traceback" not in answer.stderr


def test_it_needs_the_standard_library_alone():
    """It runs several times a minute beside replicas: 30 ms here, 300 with the package."""
    script = (
        "import sys; sys.argv = ['probe']; sys.path.insert(0, sys.argv[0]);"
        f"exec(compile(open({str(PROBE)!r}).read(), 'probe', 'exec'), {{'__name__': 'probe'}});"
        "print([name for name in ('cluster', 'pydantic', 'ray') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"
