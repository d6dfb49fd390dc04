"""How a look at a server ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``text`` is for people: how it is, and what to do when it is not good."""

    is_good: bool
    text: str
