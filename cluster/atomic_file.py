"""Files that are replaced in one step: who reads one finds the old content or the new, whole."""

import os
import secrets
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int = 0o666, is_synced: bool = True) -> None:
    """Replace a file; any number of processes and threads may do so at the same moment.

    ``mode`` holds from its first byte on, as the umask allows; ``is_synced``: after a power cut the
    new content is there too.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    draft_path = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as draft:
            draft.write(content)
            draft.flush()
            if is_synced:
                os.fsync(draft.fileno())
        draft_path.replace(path)
    except OSError:
        draft_path.unlink(missing_ok=True)
        raise
