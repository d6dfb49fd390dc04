"""An answer as JSON, for the history: what is read back is what was written."""

from dataclasses import asdict
from typing import Any

from gui.diagnose.answers import Diagnosis, Origin, Score


def to_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return an answer as values that JSON can hold."""
    return asdict(diagnosis)


def from_json(fields: dict[str, Any]) -> Diagnosis:
    """Return the answer.

    Raises:
        ValueError, TypeError, KeyError: these are no fields of an answer.
    """
    top = tuple(Score(**score) for score in fields["top"])
    if not top:
        raise ValueError("an answer has one class at least")
    return Diagnosis(
        **{
            **fields,
            "top": top,
            "plausible": tuple(fields["plausible"]),
            "origin": Origin(fields["origin"]),
        }
    )
