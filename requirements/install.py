"""Make ``.venv`` and fill it: ``python3.11 -m requirements.install``, called by ``make setup``.

``make gui`` calls it with ``gui``: the window's packages are enough then, and an environment that
has more of them keeps them.

Only the standard library is used, since nothing else is there yet. Pip fetches uv, uv the rest;
every file is checked against its hash. A second run compares a stamp and is done; a run that was
broken off leaves a mark, by which the next one knows to begin anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from requirements.pip_settings import read_pip_settings, to_uv_environment, to_uv_options
from requirements.torch_choice import CHOICES, TorchChoice, TorchChoiceError, choose_torch

REQUIREMENTS_DIR = Path(__file__).parent
VENV_DIR = REQUIREMENTS_DIR.parent / ".venv"
VENV_PYTHON = VENV_DIR / "bin" / "python"
STAMP_PATH = VENV_DIR / "leafray-stamp"
UNFINISHED_PATH = VENV_DIR / "leafray-unfinished"
UV_PATH = REQUIREMENTS_DIR / "uv.txt"
WINDOW = "gui"
MIN_FREE_BYTES = {"cpu": 4 * 10**9, "cuda": 12 * 10**9, WINDOW: 10**9}
_NO_PYTHON = (
    "Leafray needs Python 3.11, and only {found} was found. Install it, for example with\n"
    "  apt-get install python3.11 python3.11-venv   |   brew install python@3.11   |   "
    "pyenv install 3.11\nand run the same command again."
)
_NO_VENV = (
    "{python} could not make the environment .venv (its words are above).\n"
    "On Debian and Ubuntu: apt-get install python3.11-venv; then run the same command again."
)
_NOT_FETCHED = (
    "The packages could not be installed; the reason is above. Most often the network is away:\n"
    "check it (pip's proxy and mirror settings are honoured) and run the same command again.\n"
    "What was already fetched is kept."
)


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


def main() -> int:
    """Bring ``.venv`` up to date; return the exit status."""
    # Bytecode is wanted: without it every start costs half a minute more.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    lock = os.open(REQUIREMENTS_DIR, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(os.environ.get("LEAFRAY_TORCH") or "auto", is_window_enough=WINDOW in sys.argv[1:])
    except (SetupError, TorchChoiceError) as error:
        _report(str(error), to_stderr=True)
        return 1
    except KeyboardInterrupt:
        _report("Broken off; run the same command again to go on.", to_stderr=True)
        return 130
    finally:
        os.close(lock)
    return 0


def install(wish: str, *, is_window_enough: bool = False) -> None:
    """Make or repair the environment unless its stamp says that it is up to date.

    Where the window's packages are enough, others are brought up to date only if they are there.
    """
    is_window = is_window_enough and not _has_more_than_window()
    if _is_up_to_date(wish, is_window_enough=is_window):
        return
    started_s = time.monotonic()
    python = _find_python()
    _make_venv(python)
    settings = read_pip_settings(str(VENV_PYTHON))
    if is_window:
        choice = TorchChoice(WINDOW)
    else:
        choice = choose_torch(wish, settings.find_links, version=_pinned("torch", "cuda.txt"))
    if choice.notice:
        _report(choice.notice)
    free_bytes = shutil.disk_usage(VENV_DIR).free
    needed_bytes = MIN_FREE_BYTES[choice.name]
    if not any((VENV_DIR / "lib").glob("*/site-packages/torch")) and free_bytes < needed_bytes:
        message = (
            f"{free_bytes / 1e9:.1f} GB are free here, and the packages need "
            f"{needed_bytes / 1e9:.0f} GB. Make room and run the same command again."
        )
        raise SetupError(message)
    UNFINISHED_PATH.touch()
    _install_uv()
    _report(f"[3/3] Installing the packages of requirements/{choice.name}.txt (minutes at first)")
    # Sync, not install: a package that the file names no longer goes. One that stayed slowed every
    # import of ray fivefold.
    command = [str(VENV_DIR / "bin" / "uv"), "pip", "sync", f"--python={VENV_PYTHON}"]
    command += ["--require-hashes", "--compile-bytecode", *to_uv_options(settings)]
    command += [str(REQUIREMENTS_DIR / f"{choice.name}.txt"), str(UV_PATH)]
    _run_uv(command, os.environ | to_uv_environment(settings))
    STAMP_PATH.write_text(to_stamp(choice.name))
    UNFINISHED_PATH.unlink()
    _report(f"The environment .venv is ready ({time.monotonic() - started_s:.0f} s).")


def to_stamp(name: str) -> str:
    """Return the hash of all that decides what the environment holds."""
    digest = hashlib.sha256(name.encode())
    for path in (UV_PATH, REQUIREMENTS_DIR / f"{name}.txt"):
        digest.update(path.read_bytes())
    return f"{name} {digest.hexdigest()}\n"


def _is_up_to_date(wish: str, *, is_window_enough: bool) -> bool:
    if not STAMP_PATH.is_file() or UNFINISHED_PATH.exists() or not _is_python_311(VENV_PYTHON):
        return False
    names = [name for name in CHOICES if name != "auto" and wish in {"auto", name}]
    names += [WINDOW] if is_window_enough else []
    return STAMP_PATH.read_text() in {to_stamp(name) for name in names}


def _has_more_than_window() -> bool:
    return STAMP_PATH.is_file() and not STAMP_PATH.read_text().startswith(f"{WINDOW} ")


def _find_python() -> str:
    for candidate in (sys.executable, shutil.which("python3.11"), shutil.which("python3")):
        if candidate and _is_python_311(Path(candidate)):
            return candidate
    raise SetupError(_NO_PYTHON.format(found=f"Python {sys.version.split()[0]}"))


def _is_python_311(python: Path) -> bool:
    code = "import sys; print(sys.version_info[:2] == (3, 11))"
    try:
        answer = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
    except OSError:
        return False
    return answer.stdout.strip() == "True"


def _make_venv(python: str) -> None:
    is_whole = _is_python_311(VENV_PYTHON) and not UNFINISHED_PATH.exists()
    has_pip = is_whole and _succeeds([str(VENV_PYTHON), "-m", "pip", "--version"])
    if has_pip:
        _report("[1/3] The environment .venv is there; its packages are brought up to date")
        return
    _report("[1/3] Making the environment .venv" + (" anew" if VENV_DIR.exists() else ""))
    if subprocess.run([python, "-m", "venv", "--clear", str(VENV_DIR)], check=False).returncode:
        raise SetupError(_NO_VENV.format(python=python))


def _install_uv() -> None:
    uv = VENV_DIR / "bin" / "uv"
    pinned = _pinned("uv", UV_PATH.name)
    answer = (
        _succeeds([str(uv), "--version"])
        and subprocess.run(
            [str(uv), "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout.split()
    )
    if answer and answer[1] == pinned:
        return
    _report(f"[2/3] Fetching the installer, uv {pinned}")
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
    if subprocess.run([*command, "-r", str(UV_PATH)], check=False).returncode:
        raise SetupError(_NOT_FETCHED)


def _run_uv(command: list[str], environment: dict[str, str]) -> None:
    if sys.stderr.isatty():
        if subprocess.run(command, env=environment, check=False).returncode:
            raise SetupError(_NOT_FETCHED)
        return
    # In a log uv's own lines are kept, but not the 190 names of what it installed.
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            if not line.startswith((" + ", " - ", " ~ ")):
                _report(f"      {line.rstrip()}")
    if process.returncode:
        raise SetupError(_NOT_FETCHED)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


def _pinned(package: str, file_name: str) -> str:
    text = (REQUIREMENTS_DIR / file_name).read_text()
    found = re.search(rf"^{package}==([^\s\\]+)", text, re.MULTILINE)
    if found is None:
        message = f"requirements/{file_name} pins no {package}; make it with: make requirements"
        raise SetupError(message)
    return found[1]


def _report(line: str, *, to_stderr: bool = False) -> None:
    print(line, file=sys.stderr if to_stderr else sys.stdout, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
