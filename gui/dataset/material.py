"""All that the pictures are made from, as one value."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gui.dataset.look_alikes import Neighbours
from gui.dataset.skill import Skill

if TYPE_CHECKING:
    from serve_app.loop_schemas import DatasetSummary, DatasetVersion


class Origin(StrEnum):
    """Where it was read."""

    SERVER = "server"
    BUNDLED = "bundled"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """One dataset version among the others, the newest first, and the model that rests on one.

    ``summary`` and ``skill`` are None where there is none; ``remark`` says in that case, or where
    the server was not asked, why.
    """

    origin: Origin
    versions: tuple["DatasetVersion", ...]
    chosen: str
    summary: "DatasetSummary | None"
    neighbours: Neighbours = ()
    skill: Skill | None = None
    remark: str | None = None
