"""How fast bytes go, over the last seconds. Pure: the clock is an argument."""

from collections import deque

_WINDOW_S = 5.0
# Before that, one batch says nothing of the next.
_MIN_SPAN_S = 0.5


class Speedometer:
    """Takes how much has gone by when; forgets what is older than the window."""

    def __init__(self, now_s: float) -> None:
        """Start at nothing."""
        self._seen: deque[tuple[float, int]] = deque([(now_s, 0)])

    def add(self, now_s: float, num_bytes: int) -> float | None:
        """Take that ``num_bytes`` have gone in all; return the bytes per second, if known."""
        self._seen.append((now_s, num_bytes))
        while len(self._seen) > 2 and now_s - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()
        start_s, start_bytes = self._seen[0]
        span_s = now_s - start_s
        return (num_bytes - start_bytes) / span_s if span_s >= _MIN_SPAN_S else None
