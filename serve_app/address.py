"""Which addresses and keys a client can use, told before anything is sent."""

import ipaddress
import re
from urllib.parse import urlsplit

import httpx2

_KEY = re.compile(r"[!-~]([ -~]{0,4094}[!-~])?")


def is_usable_url(base_url: str) -> bool:
    """Tell whether this is the http address of a server and nothing more."""
    try:
        url = httpx2.URL(base_url)
        # A label that is empty or too long fails only when its address is looked up.
        url.host.encode("idna")
    except (httpx2.InvalidURL, ValueError):
        return False
    is_server = url.scheme in {"http", "https"} and bool(url.host)
    is_server = is_server and (url.port is None or 0 < url.port < 65536)
    # A name and password before the host would take the place of the key.
    return is_server and not (url.userinfo or url.query or url.fragment)


def is_usable_key(api_key: str) -> bool:
    """Tell whether a header can carry this key."""
    return _KEY.fullmatch(api_key) is not None


def is_loopback(url: str) -> bool:
    """Tell whether the address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
