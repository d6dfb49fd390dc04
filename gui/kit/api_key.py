"""Which API key goes to which server."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gui.kit.home import find_layout


def find_key_path(
    url: str, key_path: Path | None, environment: Mapping[str, str] = os.environ
) -> Path | None:
    """Return the file that holds the key for ``url``, None if there is none to send.

    A file that was named is used for any server. Otherwise the installation's own administrator's
    key serves, but only for a service on this machine: it must not be sent to strangers.
    """
    if key_path is not None:
        return key_path
    if not is_loopback(url):
        return None
    own = find_layout(environment).admin_key_path
    return own if own.is_file() else None


def is_loopback(url: str) -> bool:
    """Tell whether ``url`` leads to this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
