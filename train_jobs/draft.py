"""An artifact that is being made: it appears in one step, or not at all."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def drafted(target_dir: Path) -> Iterator[Path]:
    """Give the block an empty folder, which then takes the place of `target_dir`."""
    target_dir.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target_dir.parent))
    try:
        yield draft
        draft.chmod(0o755)
        if target_dir.exists():
            shutil.rmtree(target_dir)
        draft.rename(target_dir)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def find_commit() -> str:
    """Return the commit of this code; `unknown` outside a git checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
