"""Health of this node, for container probes: ``python -I cluster/probe.py raylet|gcs|serve ...``.

The standard library alone, run as a file: it starts several times a minute beside replicas, and
importing this package would cost ten times the 30 ms that it takes. Exit status 0 says healthy.
"""

import os
import sys
import urllib.error
import urllib.request

_TIMEOUT_S = 4.0
_URLS = {
    # The node's agent tells of its raylet, without a token; `success` is Ray's own word.
    "raylet": "http://127.0.0.1:52365/api/local_raylet_healthz",
    # The dashboard of the head tells of the cluster's state; it wants the token.
    "gcs": "http://127.0.0.1:8265/api/gcs_healthz",
    # Serve's proxy on this node: it knows a replica that answers.
    "serve": "http://127.0.0.1:8000/-/healthz",
}


def main() -> int:
    """Ask for each named part; return the exit status."""
    names = sys.argv[1:]
    if not names or not set(names) <= _URLS.keys():
        sys.stderr.write(f"say which: {' '.join(_URLS)}\n")
        return 2
    failures = [line for line in map(find_failure, names) if line]
    sys.stderr.writelines(failures)
    return 1 if failures else 0


def find_failure(name: str) -> str | None:
    """Return what is wrong with one part, or None."""
    request = urllib.request.Request(_URLS[name])  # noqa: S310 - http, see above
    try:
        if name == "gcs":
            request.add_header("Authorization", f"Bearer {load_token()}")
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - http
            body = answer.read(200).decode(errors="replace")
    except (urllib.error.URLError, OSError) as error:
        return f"{name}: {error}\n"
    return None if "success" in body else f"{name}: {body}\n"


def load_token() -> str:
    """Return Ray's token as the container has it: in a variable, or in the file that one names."""
    path = os.environ.get("RAY_AUTH_TOKEN_PATH")
    if path is None:
        return os.environ.get("RAY_AUTH_TOKEN", "")
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib doubles the start
        return file.read().strip()


if __name__ == "__main__":
    sys.exit(main())
