"""Git's own names and lists, as GitHub's git-trees API gives them."""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from train_jobs.download.errors import DownloadError


class TreeEntry(BaseModel, frozen=True):
    """A name in a git tree."""

    path: str
    mode: str
    type: Literal["blob", "tree", "commit"]
    sha: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    size: Annotated[int, Field(ge=0)] = 0


class Tree(BaseModel, frozen=True):
    """One folder as GitHub lists it."""

    tree: tuple[TreeEntry, ...]
    truncated: bool = False


def to_blob_sha1(content: bytes) -> str:
    """Return the name that git gives to a file with this content."""
    # Git's choice, not ours; it tells damage and mix-ups apart, which is what it is used for.
    blob = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    blob.update(content)
    return blob.hexdigest()


def decode_tree(body: bytes, *, where: str) -> Tree:
    """Read the answer of the git-trees API.

    Raises:
        DownloadError: it is no complete listing.
    """
    try:
        tree = Tree.model_validate_json(body)
    except ValidationError:
        raise DownloadError(
            f"The answer for {where} is no listing of GitHub; check whether a proxy stands "
            "between, and run the command again."
        ) from None
    if tree.truncated:
        raise DownloadError(
            f"GitHub lists only a part of {where}, and a part would make another data set; "
            "clone the repository with git instead."
        )
    return tree


def find_folder_sha(tree: Tree, name: str, *, where: str) -> str:
    """Find one folder in a listing.

    Raises:
        DownloadError: there is none.
    """
    for entry in tree.tree:
        if entry.type == "tree" and entry.path == name:
            return entry.sha
    raise DownloadError(f"{where} has no folder {name}; pass a commit that has the photographs.")
