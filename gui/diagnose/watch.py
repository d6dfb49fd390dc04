"""A folder that is looked at again and again: what a camera or phone drops there is diagnosed."""

from collections.abc import Callable
from pathlib import Path

from gui.diagnose import events
from models.images import list_images


class FolderWatch:
    """Reports photos that appear in ``folder`` after the first look.

    A photo counts when two looks see it with the same size: before that it is still being copied.
    """

    def __init__(self, folder: Path, post: Callable[[events.Event], None]) -> None:
        """Take the folder, and where to post what is found."""
        self._folder = folder
        self._post = post
        self._known: set[Path] | None = None
        self._size_bytes: dict[Path, int] = {}

    def look(self) -> None:
        """Look once; a folder that is gone ends the watch with a word to the user."""
        try:
            if not self._folder.is_dir():
                raise FileNotFoundError(2, "it is not there", str(self._folder))
            sizes = {path: path.stat().st_size for path in list_images([self._folder])}
        except OSError as error:
            self._post(events.WatchRequested(folder=None))
            self._post(
                events.ProblemFound(
                    problem=f"The folder {self._folder} cannot be watched any more "
                    f"({error.strerror or type(error).__name__}). Choose it again."
                )
            )
            return
        if self._known is None:
            self._known = set(sizes)
            return
        complete = [
            path
            for path, size_bytes in sizes.items()
            if path not in self._known
            and size_bytes > 0
            and self._size_bytes.get(path) == size_bytes
        ]
        self._size_bytes = sizes
        if complete:
            self._known.update(complete)
            self._post(events.PhotosAppeared(folder=self._folder, paths=tuple(complete)))
