"""The form of what is written about the classes: the files' parts, and the page made of them."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# A sentence or three: longer ones are not read in the field, shorter ones say nothing.
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=15, max_length=360)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=6)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=200)]
EppoCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{6}$")]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=200)]


class Kind(StrEnum):
    """What does the damage."""

    FUNGUS = "fungus"
    OOMYCETE = "oomycete"
    BACTERIUM = "bacterium"
    VIRUS = "virus"
    MITE = "mite"
    HEALTHY = "healthy"


class Reporting(StrEnum):
    """Whether the authorities want to know."""

    NONE = "none"
    CHECK = "check"
    REPORT = "report"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pathogen(_Part):
    """Who does it; without a code where no public list confirmed one."""

    scientific_name: Name
    eppo_code: EppoCode | None = None


class Source(_Part):
    """Where to read more; without an address where no stored page confirmed one."""

    title: Title
    publisher: Name
    address: Address | None = None


class Facts(_Part):
    """What is the same in every language, of one class (`facts.toml`); `sources` are keys."""

    kind: Kind
    reporting: Reporting = Reporting.NONE
    pathogens: tuple[Pathogen, ...] = ()
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


class Text(_Part):
    """What a translator writes of one class (a file a crop)."""

    display_name: Name
    crop: Name
    first_step: Line
    symptoms: Lines
    spread: Lines
    act_now: Lines
    prevent: Lines
    also_consider: Lines
    ask_expert: Line


class Pair(_Part):
    """Two classes that are taken for each other (`look_alikes.toml`)."""

    classes: tuple[str, str]
    difference: Line


class Headings(_Part):
    """What stands above the parts of a page; healthy leaves have some of their own."""

    first_step: Name
    act_now: Name
    symptoms: Name
    symptoms_healthy: Name
    look_alikes: Name
    look_alikes_healthy: Name
    spread: Name
    spread_healthy: Name
    prevent: Name
    prevent_healthy: Name
    ask_expert: Name
    sources: Name


class Words(_Part):
    """What stands around the pages of a language (`words.toml`)."""

    headings: Headings
    kinds: dict[Kind, Name]
    reporting: dict[Reporting, Line]
    caused_by: Name
    eppo_code: Name


class LookAlike(_Part):
    """Another class that looks like the page's, and what tells them apart."""

    class_name: str
    display_name: str
    difference: str


class Page(_Part):
    """All that is written of one class; `language` is English where no translation is there."""

    class_name: str
    language: str
    kind: Kind
    reporting: Reporting
    pathogens: tuple[Pathogen, ...]
    display_name: str
    crop: str
    first_step: str
    symptoms: tuple[str, ...]
    spread: tuple[str, ...]
    act_now: tuple[str, ...]
    prevent: tuple[str, ...]
    look_alikes: tuple[LookAlike, ...]
    also_consider: tuple[str, ...]
    ask_expert: str
    sources: tuple[Source, ...]
