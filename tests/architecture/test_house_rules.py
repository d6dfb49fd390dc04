"""Rules about files: what must be there, and what must not be written anywhere."""

import re
import subprocess
from pathlib import Path

import pytest

REPO_DIR = Path(__file__).parents[2]
PACKAGES = ("cluster", "gui", "loadtest", "models", "serve_app", "train_jobs")
FOLDERS_WITH_README = (*PACKAGES, "notebooks", "requirements", "tests")
MAX_README_LINES = 60
# Absolute paths of one machine, and the package registries that a mirror may replace.
MACHINE_PATH = re.compile(r"(?<![\w.$}*-])/(?:work|root|opt|home)/\w")
REGISTRY_HOST = re.compile(r"\b(?:files\.pythonhosted|pypi|download\.pytorch)\.org\b")


def list_repo_files() -> list[Path]:
    """List the files that are tracked or would be: all but the ignored ones."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = [REPO_DIR / name for name in listing.split("\0") if name]
    return [path for path in paths if path.is_file()]


def find_lines(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in list_repo_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(REPO_DIR)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def test_no_machine_path_is_written_anywhere():
    assert find_lines(MACHINE_PATH) == []


def test_no_registry_host_is_written_anywhere():
    assert find_lines(REGISTRY_HOST) == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("path = '@root/data'", True),
        ("see @home/ada/leaf", True),
        ("..@work/leaf and a@root/b", False),
        ("$HOME@opt/x", False),
        ("https://example.org@home/x", False),
    ],
)
def test_a_machine_path_is_told_from_others(line, is_found):
    # With an @ for the slash, since this file is searched as well.
    assert bool(MACHINE_PATH.search(line.replace("@", "/"))) is is_found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_init_is_empty(package):
    inits = list((REPO_DIR / package).rglob("__init__.py"))
    assert REPO_DIR / package / "__init__.py" in inits
    assert [path for path in inits if path.read_bytes()] == []


@pytest.mark.parametrize("folder", FOLDERS_WITH_README)
def test_every_folder_says_what_it_is_for(folder):
    text = (REPO_DIR / folder / "README.md").read_text()
    assert text.startswith("# ")
    assert len(text.splitlines()) <= MAX_README_LINES, "half a page is enough"


def test_no_test_file_name_is_used_twice():
    names = [path.name for path in (REPO_DIR / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_python_is_pinned_by_hash_everywhere():
    for path in (REPO_DIR / "requirements").glob("*.txt"):
        pins = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==\S+.*$", path.read_text(), re.MULTILINE)
        if not path.name.endswith("-packages.txt"):
            assert pins, f"{path.name} pins nothing"
        assert [pin for pin in pins if not pin.endswith("\\")] == []
