"""What can be done to the service on this computer."""

from enum import StrEnum


class Command(StrEnum):
    """Start or stop it; the value is what ``python -m cluster`` calls it."""

    START = "up"
    STOP = "down"
