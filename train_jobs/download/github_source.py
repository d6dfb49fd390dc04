"""GitHub over HTTP: listings from its API, files from its raw host; bounded in size, time, tries.

The token goes to the API alone: 60 requests an hour are free without one, a listing takes 41.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NoReturn, Self
from urllib.parse import quote

import httpx2
import tenacity

from train_jobs.download.errors import DownloadError, SourceError, read_refusal

_REPO = "spMohanty/PlantVillage-Dataset"
_TIMEOUT = httpx2.Timeout(connect=10.0, read=30.0, write=10.0, pool=30.0)
_MAX_LISTING_BYTES = 32_000_000
_MAX_BACKOFF_S = 30.0
_SAID_WAIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to go on asking for one file or listing."""

    attempts: int = 5
    first_wait_s: float = 1.0
    # What GitHub asks for after a 429 that names no time.
    pause_s: float = 60.0
    # A host that asks for a longer pause is obeyed by stopping, not by sleeping for an hour.
    max_wait_s: float = 300.0
    max_request_s: float = 120.0


class GitHubSource:
    """One commit of the data set's repository; may be used from several threads."""

    def __init__(
        self,
        *,
        commit: str,
        api_url: str,
        raw_url: str,
        token: str | None = None,
        policy: RetryPolicy,
        num_connections: int,
        say: Callable[[str], None],
    ) -> None:
        self._commit = commit
        self._api_url, self._raw_url = api_url.rstrip("/"), raw_url.rstrip("/")
        self._policy = policy
        self._say = say
        self._api_headers = {"Accept": "application/vnd.github+json"} | _to_authorization(token)
        self._stopped = threading.Event()
        self._stop_reason = "stopped"
        self._http = httpx2.Client(
            timeout=_TIMEOUT,
            headers={"User-Agent": "leafray"},
            limits=httpx2.Limits(max_connections=num_connections),
        )

    def fetch_tree(self, sha: str, *, where: str) -> bytes:
        """Fetch the listing of one folder, as JSON.

        Raises:
            SourceError: it did not come.
        """
        url = f"{self._api_url}/repos/{_REPO}/git/trees/{sha}"
        what = f"the listing of {where}"
        return self._get(url, self._api_headers, what=what, max_bytes=_MAX_LISTING_BYTES)

    def fetch_file(self, path: str, *, max_bytes: int) -> bytes:
        """Fetch the content of one file, whose bytes nobody has checked yet.

        Raises:
            SourceError: it did not come, or is larger than `max_bytes`.
        """
        url = f"{self._raw_url}/{_REPO}/{self._commit}/{quote(path)}"
        # As it is: a compressed answer could be larger than its bytes tell.
        headers = {"Accept-Encoding": "identity"}
        return self._get(url, headers, what=path, max_bytes=max_bytes)

    def stop(self) -> None:
        """End all waiting and asking, in every thread; an error that stops all does it itself."""
        self._stopped.set()

    def __enter__(self) -> Self:
        """Return the source itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def _get(self, url: str, headers: dict[str, str], *, what: str, max_bytes: int) -> bytes:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_retryable),
            stop=tenacity.stop_after_attempt(self._policy.attempts)
            | tenacity.stop_when_event_set(self._stopped),
            wait=self._to_wait_s,
            sleep=tenacity.sleep_using_event(self._stopped),
            before_sleep=self._say_wait,
            reraise=True,
        )
        try:
            return retrying(self._get_once, url, headers, what, max_bytes)
        except SourceError as error:
            if error.stops_all and not self._stopped.is_set():
                self._stop_reason = str(error)
                self.stop()
            raise

    def _get_once(self, url: str, headers: dict[str, str], what: str, max_bytes: int) -> bytes:
        if self._stopped.is_set():
            raise SourceError(self._stop_reason, stops_all=True)
        deadline_s = time.monotonic() + self._policy.max_request_s
        content = bytearray()
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                if response.status_code != httpx2.codes.OK:
                    raise read_refusal(
                        response.status_code,
                        response.headers,
                        what=what,
                        pause_s=self._policy.pause_s,
                        max_wait_s=self._policy.max_wait_s,
                        now_s=time.time(),
                    )
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > max_bytes:
                        raise SourceError(
                            f"{what}: has more than the {max_bytes} bytes it may have"
                        )
                    if time.monotonic() > deadline_s:
                        raise SourceError(f"{what}: came too slowly", is_retryable=True)
        except httpx2.HTTPError as error:
            _raise_for(error, url=url, what=what)
        return bytes(content)

    def _to_wait_s(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, SourceError) and error.wait_s is not None:
            return error.wait_s
        first_wait_s = self._policy.first_wait_s
        return tenacity.wait_exponential_jitter(
            multiplier=first_wait_s, max=_MAX_BACKOFF_S, jitter=first_wait_s
        )(state)

    def _say_wait(self, state: tenacity.RetryCallState) -> None:
        if state.outcome and state.next_action and state.next_action.sleep >= _SAID_WAIT_S:
            wait_s = state.next_action.sleep
            self._say(f"{state.outcome.exception()} (asking again in {wait_s:.0f} s)")


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, SourceError) and error.is_retryable


def _raise_for(error: httpx2.HTTPError, *, url: str, what: str) -> NoReturn:
    host = httpx2.URL(url).netloc.decode()
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
        raise SourceError(
            f"{what}: no connection to {host} ({error}). Check the network, and HTTPS_PROXY if "
            "there is a proxy, and run the command again.",
            is_retryable=True,
            stops_all=True,
        ) from error
    raise SourceError(
        f"{what}: the connection to {host} broke ({type(error).__name__})", is_retryable=True
    ) from error


def _to_authorization(token: str | None) -> dict[str, str]:
    token = (token or "").strip()
    if not token:
        return {}
    if not token.isascii() or not token.isprintable() or " " in token:
        raise DownloadError(
            "GITHUB_TOKEN must be one line of plain characters; copy it again, or unset it."
        )
    return {"Authorization": f"Bearer {token}"}
