"""Two models on the same samples: how sure is the difference. Pure (NumPy)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

_LEVEL = 0.95


class Comparison(BaseModel):
    """A paired difference of shares, challenger less champion, with its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    num_samples: int
    champion: float
    challenger: float
    difference: float
    low: float
    high: float

    def say(self) -> str:
        """Return the comparison in words."""
        return (
            f"{self.champion:.1%} -> {self.challenger:.1%} of {self.num_samples} "
            f"({self.difference:+.1%}, 95 % interval {self.low:+.1%} to {self.high:+.1%})"
        )


def compare(
    before_b: NDArray[np.bool_],
    after_b: NDArray[np.bool_],
    group_ids: Sequence[str],
    *,
    num_draws: int,
    rng: np.random.Generator,
) -> Comparison:
    """Bootstrap the paired difference of two shares, drawing whole groups (Efron 1979).

    Groups with the same sums are alike, so drawing their counts from a multinomial is the same
    bootstrap in memory that does not grow with the samples. No samples: everything is 0.
    """
    num_samples = len(before_b)
    if num_samples == 0:
        return Comparison(
            num_samples=0, champion=0.0, challenger=0.0, difference=0.0, low=0.0, high=0.0
        )
    _, group_b = np.unique(np.asarray(group_ids), return_inverse=True)
    gains_b = after_b.astype(np.int64) - before_b.astype(np.int64)
    sums_g2 = np.stack([np.bincount(group_b, weights=gains_b), np.bincount(group_b)], axis=1)
    kinds_k2, counts_k = np.unique(sums_g2, axis=0, return_counts=True)
    num_groups = int(counts_k.sum())
    drawn_dk = rng.multinomial(num_groups, counts_k / num_groups, size=num_draws)
    drawn_d2 = drawn_dk @ kinds_k2
    low, high = np.quantile(drawn_d2[:, 0] / drawn_d2[:, 1], [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Comparison(
        num_samples=num_samples,
        champion=float(before_b.mean()),
        challenger=float(after_b.mean()),
        difference=float(gains_b.mean()),
        low=float(low),
        high=float(high),
    )


def sign_test(num_gained: int, num_lost: int) -> float:
    """Return the chance that a fair coin shows at least so many gains (one-sided, exact).

    The bootstrap alone is too sure of few samples: it calls four gains of forty proven, which a
    coin throws once in 16 times.
    """
    num_throws = num_gained + num_lost
    # log2 of the binomial coefficients keeps thousands of throws within a float.
    logs = np.concatenate([[0.0], np.cumsum(np.log2(np.arange(1, num_throws + 1)))])
    gained = np.arange(num_gained, num_throws + 1)
    terms = logs[num_throws] - logs[gained] - logs[num_throws - gained] - num_throws
    return float(min(1.0, np.exp2(terms).sum()))
