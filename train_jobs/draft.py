"""An artifact that is being made: it appears in one step, or not at all."""

import shutil
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
