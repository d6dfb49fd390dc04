"""What a person types as a server's address, made a URL."""

from urllib.parse import urlsplit

from gui.kit.api_key import is_loopback
from gui.settings.preferences import MAX_URL_CHARS

_SCHEMES = frozenset({"http", "https"})
_EXAMPLE = "write it like https://leaf.example.org or http://127.0.0.1:8000"


def to_url(text: str) -> str:
    """Return the address with its scheme and without a slash at its end.

    Without a scheme, this machine is asked by http and any other by https: a key goes with it.
    """
    text = text.strip()
    if "://" in text:
        return text.rstrip("/")
    text = text.rstrip("/")
    if not text:
        return ""
    return f"http://{text}" if is_loopback(f"http://{text}") else f"https://{text}"


def find_address_problem(text: str) -> str | None:
    """Return in words why this is no server's address, None if it can be one."""
    if not text.strip():
        return f"Enter the address of the server: {_EXAMPLE}."
    url = to_url(text)
    try:
        parts = urlsplit(url)
        is_server = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
        # "http:/leaf.example.org" is a slip, not a computer called http.
        is_server = is_server and parts.hostname not in _SCHEMES
    except ValueError:
        is_server = False
    is_plain = len(url) <= MAX_URL_CHARS and url.isprintable() and " " not in url
    if not is_server or not is_plain:
        return f"This is no address of a server: {_EXAMPLE}."
    if parts.username is not None or parts.query or parts.fragment:
        return "The address must be that of the server alone: no name before it, no ? and no #."
    return None


def is_readable_on_the_way(url: str) -> bool:
    """Tell whether others on the network can read what is sent there."""
    return not url.startswith("https://") and not is_loopback(url)
