"""Holding callers to the limit of their key, without asking anybody on most requests."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.errors import RateLimitedError
from serve_app.layers.rate_limit import Bucket, Lease, RateLimit, draw, get_wait_s
from serve_app.layers.refusals import refuse

_logger = logging.getLogger(__name__)

# An answer takes 1 to 2 ms; a caller whose replica ran out of tokens waits for it.
_LEND_TIMEOUT_S = 0.25
_ASK_AGAIN_S = 5.0

Lend = Callable[[str, int, RateLimit], Awaitable[Lease]]
"""Key name, wanted tokens and limit -> a lease; raises ``LedgerUnreachableError``."""


class LedgerUnreachableError(Exception):
    """The ledger cannot be asked now."""


@dataclass(slots=True)
class _Account:
    """What this replica knows of one key."""

    num_tokens: int = 0
    num_waiting: int = 0
    refused_until_s: float = 0.0
    share: Bucket | None = None
    asking: asyncio.Task[None] | None = None


class RateLimiter:
    """Spends leased tokens, one a request, and leases more before they run out.

    While the ledger cannot be asked, this replica's share of the limit holds instead.
    """

    def __init__(
        self, limit: RateLimit, lend: Lend, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._lend = lend
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._num_replicas = 1
        self._ask_again_s = 0.0

    async def admit(self, key_name: str) -> float:
        """Return 0 if a request of this key may go on, else the seconds to wait before the next."""
        account = self._accounts.setdefault(key_name, _Account())
        # Each answer brings tokens or a time to wait, and other callers may be quicker to spend.
        while not account.num_tokens and self._clock() >= account.refused_until_s:
            account.num_waiting += 1
            try:
                # A caller who goes away must not take the others' tokens along.
                await asyncio.shield(self._ask(key_name, account))
            finally:
                account.num_waiting -= 1
        now_s = self._clock()
        if not account.num_tokens:
            return account.refused_until_s - now_s
        account.num_tokens -= 1
        if account.num_tokens <= self._limit.lease_size // 2 and now_s >= account.refused_until_s:
            self._ask(key_name, account)
        return 0.0

    def _ask(self, key_name: str, account: _Account) -> asyncio.Task[None]:
        if account.asking is None or account.asking.done():
            account.asking = asyncio.create_task(self._top_up(key_name, account))
        return account.asking

    async def _top_up(self, key_name: str, account: _Account) -> None:
        num_wanted = max(self._limit.lease_size, account.num_waiting)
        lease = await self._borrow(key_name, num_wanted) or self._share_out(account, num_wanted)
        self._num_replicas = lease.num_replicas
        account.num_tokens += lease.num_tokens
        account.refused_until_s = 0.0 if lease.num_tokens else self._clock() + lease.wait_s

    async def _borrow(self, key_name: str, num_wanted: int) -> Lease | None:
        if self._clock() < self._ask_again_s:
            return None
        try:
            async with asyncio.timeout(_LEND_TIMEOUT_S):
                return await self._lend(key_name, num_wanted, self._limit)
        except (TimeoutError, LedgerUnreachableError) as error:
            self._ask_again_s = self._clock() + _ASK_AGAIN_S
            _logger.warning(
                "the ledger of the rate limit cannot be asked (%r): 1/%d of the limit holds here",
                error,
                self._num_replicas,
            )
            return None

    def _share_out(self, account: _Account, num_wanted: int) -> Lease:
        rate_per_s = self._limit.rate_per_s / self._num_replicas
        account.share, num_given = draw(
            account.share,
            num_wanted,
            now_s=self._clock(),
            rate_per_s=rate_per_s,
            capacity=max(1.0, self._limit.requests_per_minute / self._num_replicas),
        )
        return Lease(
            num_tokens=num_given,
            wait_s=get_wait_s(account.share, rate_per_s),
            num_replicas=self._num_replicas,
        )


class RateLimitMiddleware:
    """Answer 429 where a key asks too often; only requests with a key are counted."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before its body is read."""
        api_key = scope.get("state", {}).get("api_key")
        wait_s = 0.0 if api_key is None else await self._limiter.admit(api_key.name)
        if wait_s > 0:
            retry_after_s = max(1, math.ceil(wait_s))
            error = RateLimitedError(
                f"This key asks too often: ask again in {retry_after_s} s.",
                retry_after_s=retry_after_s,
            )
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)
