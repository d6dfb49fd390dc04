"""The rate limit: buckets, the ledger of all replicas, and what a replica does without it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.layers.rate_limit import Bucket, Lease, Ledger, RateLimit, draw, get_wait_s
from serve_app.layers.rate_limiter import LedgerUnreachableError, RateLimiter


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def connect(ledger, replica_id="a"):
    """Return what asks a ledger in this process."""

    async def lend(key_name, num_wanted, limit):
        return ledger.lend(key_name, replica_id, num_wanted, limit)

    return lend


async def unreachable(key_name, num_wanted, limit):
    raise LedgerUnreachableError("no actor")


async def admit_all(limiters, count, key_name="farm"):
    """Ask in turn; return how many requests were let in."""
    waits = [await limiters[idx % len(limiters)].admit(key_name) for idx in range(count)]
    return sum(wait_s == 0 for wait_s in waits)


def test_an_unknown_bucket_is_full_and_a_drained_one_fills_at_its_rate():
    bucket, num_given = draw(None, 7, now_s=0.0, rate_per_s=0.5, capacity=5)
    assert (bucket, num_given) == (Bucket(0, 0.0), 5)
    assert get_wait_s(bucket, 0.5) == 2
    bucket, num_given = draw(bucket, 7, now_s=3.0, rate_per_s=0.5, capacity=5)
    assert (bucket, num_given) == (Bucket(0.5, 3.0), 1)
    assert draw(bucket, 9, now_s=1e6, rate_per_s=0.5, capacity=5)[1] == 5


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50)), max_size=40), st.integers(1, 6000))
def test_no_schedule_gets_more_than_a_minutes_worth_and_the_rate(steps, requests_per_minute):
    clock = Clock()
    start_s = clock.now_s
    ledger = Ledger(clock)
    limit = RateLimit(requests_per_minute=requests_per_minute)
    num_given = 0
    for pause_s, num_wanted in steps:
        clock.now_s += pause_s
        num_given += ledger.lend("farm", "a", num_wanted, limit).num_tokens
    elapsed_s = clock.now_s - start_s
    assert num_given <= requests_per_minute * (1 + elapsed_s / 60) + 1e-6


def test_keys_do_not_share_and_replicas_do(clock):
    ledger = Ledger(clock)
    limit = RateLimit(requests_per_minute=10)
    assert ledger.lend("farm", "a", 8, limit).num_tokens == 8
    assert ledger.lend("farm", "b", 8, limit) == Lease(num_tokens=2, wait_s=0.0, num_replicas=2)
    assert ledger.lend("farm", "a", 8, limit) == Lease(num_tokens=0, wait_s=6.0, num_replicas=2)
    assert ledger.lend("orchard", "b", 8, limit).num_tokens == 8
    clock.now_s += 61
    assert ledger.lend("farm", "b", 1, limit).num_replicas == 1


@pytest.mark.parametrize("requests_per_minute", [1, 7, 60, 500])
def test_two_replicas_together_let_the_limit_in(clock, requests_per_minute):
    ledger = Ledger(clock)
    limit = RateLimit(requests_per_minute=requests_per_minute)

    async def ask():
        limiters = [RateLimiter(limit, connect(ledger, name), clock=clock) for name in "ab"]
        return await admit_all(limiters, 3 * requests_per_minute)

    assert asyncio.run(ask()) == requests_per_minute


def test_a_refused_key_gets_in_when_it_was_told_to(clock):
    async def ask():
        limiter = RateLimiter(RateLimit(requests_per_minute=6), connect(Ledger(clock)), clock=clock)
        assert await admit_all([limiter], 6) == 6
        wait_s = await limiter.admit("farm")
        assert wait_s == pytest.approx(10)
        clock.now_s += 9.9
        assert 0 < await limiter.admit("farm") <= 0.11
        clock.now_s += 0.2
        assert await limiter.admit("farm") == 0
        assert await limiter.admit("farm") > 9

    asyncio.run(ask())


def test_callers_at_once_wait_for_one_answer_and_all_get_in(clock):
    num_asked = 0
    ledger = Ledger(clock)

    async def lend_slowly(key_name, num_wanted, limit):
        nonlocal num_asked
        num_asked += 1
        await asyncio.sleep(0.01)
        return ledger.lend(key_name, "a", num_wanted, limit)

    async def ask():
        limiter = RateLimiter(RateLimit(requests_per_minute=20), lend_slowly, clock=clock)
        waits = await asyncio.gather(*(limiter.admit("farm") for _ in range(20)))
        assert list(waits) == [0.0] * 20
        assert await limiter.admit("farm") > 0

    asyncio.run(ask())
    assert num_asked <= 4


def test_a_refusal_asks_nobody_until_its_time(clock):
    num_asked = 0
    ledger = Ledger(clock)

    async def lend(key_name, num_wanted, limit):
        nonlocal num_asked
        num_asked += 1
        return ledger.lend(key_name, "a", num_wanted, limit)

    async def ask():
        limiter = RateLimiter(RateLimit(requests_per_minute=1), lend, clock=clock)
        return await admit_all([limiter], 100)

    assert asyncio.run(ask()) == 1
    assert num_asked <= 3


def test_most_requests_ask_nobody(clock):
    num_asked = 0
    ledger = Ledger(clock)

    async def lend(key_name, num_wanted, limit):
        nonlocal num_asked
        num_asked += 1
        return ledger.lend(key_name, "a", num_wanted, limit)

    async def ask():
        limiter = RateLimiter(RateLimit(requests_per_minute=60_000), lend, clock=clock)
        num_in = 0
        for _ in range(3000):
            num_in += await limiter.admit("farm") == 0
            await asyncio.sleep(0)
        return num_in

    assert asyncio.run(ask()) == 3000
    assert num_asked <= 1 + 3000 // 300


def test_without_its_ledger_a_replica_keeps_its_share(clock):
    ledger = Ledger(clock)
    limit = RateLimit(requests_per_minute=10)
    lends = {"ledger": connect(ledger, "a")}

    async def lend(key_name, num_wanted, limit):
        return await lends["ledger"](key_name, num_wanted, limit)

    async def ask():
        limiter = RateLimiter(limit, lend, clock=clock)
        ledger.lend("other", "b", 1, limit)
        assert await admit_all([limiter], 20) == 10
        lends["ledger"] = unreachable
        clock.now_s += 60
        # Half of the limit, since two replicas shared it when the ledger was last heard.
        assert await admit_all([limiter], 20) == 5
        assert await limiter.admit("farm") == pytest.approx(12)
        lends["ledger"] = connect(ledger, "a")
        clock.now_s += 60
        assert await admit_all([limiter], 20) == 10

    asyncio.run(ask())


def test_a_ledger_that_hangs_holds_nobody_up_for_long(clock):
    async def hang(key_name, num_wanted, limit):
        await asyncio.Event().wait()

    async def ask():
        limiter = RateLimiter(RateLimit(requests_per_minute=10), hang, clock=clock)
        async with asyncio.timeout(2):
            assert await admit_all([limiter], 20) == 10

    asyncio.run(ask())


def test_a_caller_who_goes_away_takes_no_tokens_along(clock):
    ledger = Ledger(clock)
    may_answer = asyncio.Event()

    async def lend(key_name, num_wanted, limit):
        await may_answer.wait()
        return ledger.lend(key_name, "a", num_wanted, limit)

    async def ask():
        limiter = RateLimiter(RateLimit(requests_per_minute=1), lend, clock=clock)
        gone = asyncio.create_task(limiter.admit("farm"))
        waiting = asyncio.create_task(limiter.admit("farm"))
        await asyncio.sleep(0)
        gone.cancel()
        may_answer.set()
        assert await waiting == 0

    asyncio.run(ask())
