"""Keys that change while the service runs: a new key file is taken over without a restart."""

import asyncio
import logging
from pathlib import Path

from cluster.errors import KeyFileError
from serve_app.layers.auth import KeyRing, load_key_ring

_logger = logging.getLogger(__name__)

CHECK_PERIOD_S = 1.0

_Stamp = tuple[int, int, int]


class KeyWatch:
    """Keeps a key ring as the key file says.

    A file that is missing or damaged changes nothing: the keys known so far go on working, and the
    log says why.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Read before the file is: a change in between is then seen as one.
        self._stamp = _get_stamp(path)
        self.key_ring: KeyRing = load_key_ring(path)

    async def run(self, *, period_s: float = CHECK_PERIOD_S) -> None:
        """Look at the file for ever, on a thread, so that a slow disk holds no request up."""
        while True:
            await asyncio.sleep(period_s)
            await asyncio.to_thread(self.check)

    def check(self) -> None:
        """Take the file over if it has changed since the last look."""
        stamp = _get_stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.key_ring.replace(load_key_ring(self._path))
        except KeyFileError as error:
            _logger.error("the keys stay as they were: %s", error)  # noqa: TRY400 - no traceback
            return
        _logger.warning("took the changed key file over")


def _get_stamp(path: Path) -> _Stamp | None:
    """Return what a change of the file changes: it may be replaced within one tick of the clock."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
