"""What a person has chosen: one frozen value, as it stands in the settings file.

Keys are no part of it: they lie where ``gui.kit.key_store`` puts them.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gui.kit.look import Theme

DEFAULT_SERVER_NAME = "Service on this computer"
DEFAULT_SERVER_URL = "http://127.0.0.1:8000"
MAX_SERVERS = 12
MAX_NAME_CHARS = 60
MAX_URL_CHARS = 300

TEXT_SCALES = (0.9, 1.0, 1.15, 1.3, 1.5)
DISPLAY_SCALES = (1.0, 1.25, 1.5, 2.0, 3.0)


class ThemeChoice(StrEnum):
    """Light, dark, or what the system asks for."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class _Saved(BaseModel):
    # A newer version of the window may have written more.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Server(_Saved):
    """A server by the name that a person gave it."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS)]
    url: Annotated[str, Field(min_length=1, max_length=MAX_URL_CHARS)]


class Preferences(_Saved):
    """All choices; the defaults are those of a first start.

    ``server_name`` None is this laptop alone, ``display_scale`` None what the screen asks for.
    ``system_theme`` is what the system asked for last: a start need not wait for its word.
    """

    servers: Annotated[tuple[Server, ...], Field(max_length=MAX_SERVERS)] = (
        Server(name=DEFAULT_SERVER_NAME, url=DEFAULT_SERVER_URL),
    )
    server_name: str | None = DEFAULT_SERVER_NAME
    theme: ThemeChoice = ThemeChoice.LIGHT
    system_theme: Theme = Theme.LIGHT
    text_scale: Annotated[float, Field(ge=0.75, le=2)] = 1.0
    display_scale: Annotated[float, Field(ge=0.75, le=4)] | None = None
    is_welcomed: bool = False

    @model_validator(mode="after")
    def _name_servers_once(self) -> Self:
        names = [server.name for server in self.servers]
        if len(set(names)) < len(names):
            raise ValueError("two servers have the same name")
        if self.server_name is not None and self.server_name not in names:
            raise ValueError(f"no server is called {self.server_name!r}")
        return self

    @property
    def shown_theme(self) -> Theme:
        """Light or dark."""
        if self.theme is ThemeChoice.SYSTEM:
            return self.system_theme
        return Theme.DARK if self.theme is ThemeChoice.DARK else Theme.LIGHT

    @property
    def server(self) -> Server | None:
        """The chosen server; None for this laptop alone."""
        return next((item for item in self.servers if item.name == self.server_name), None)
