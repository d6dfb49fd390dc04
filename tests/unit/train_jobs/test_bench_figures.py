"""Rates, ratios and verdicts of the training benchmark, and the report that shows them."""

import json
import math

import pytest

from cluster.machine import Machine
from train_jobs.bench.figures import find_doubts, judge
from train_jobs.bench.plan import FULL, QUICK
from train_jobs.bench.report import save_report
from train_jobs.bench.rounds import MemoryRound, Round, Side, Trace, Work, to_round
from train_jobs.bench.run import Measurement

MIB = 2**20


def make_trace(
    decoded_s: list[float], *, num_steps: int = 100, step_s: float = 1.0, first_s: float = 10.0
) -> Trace:
    """Steps of ten images each; the first one ends at `first_s`, the stream begins at 0."""
    return Trace(
        started_s=0.0,
        step_ends_s=tuple(first_s + step_s * number for number in range(num_steps)),
        step_images=(10,) * num_steps,
        decoded_s=tuple(decoded_s),
        wait_share=0.02,
    )


def summarize(trace: Trace, *, num_warm_steps: int = 4) -> Round:
    return to_round(
        trace, round_idx=0, work=Work.TRAIN, side=Side.RAY, num_warm_steps=num_warm_steps
    )


def make_round(side: Side, images_per_s: float, *, round_idx: int = 0, work: Work = Work.TRAIN):
    return Round(
        round_idx=round_idx,
        work=work,
        side=side,
        images_per_s=images_per_s,
        window_images=1000,
        is_balanced=True,
        stream_images_per_s=images_per_s / 2,
        start_s=10.0,
        wait_share=0.01,
    )


def make_memory(num_images: int, mib: int, *, round_idx: int = 0) -> MemoryRound:
    return MemoryRound(
        round_idx=round_idx,
        num_images=num_images,
        total_bytes=4 * mib * MIB,
        driver_bytes=mib * MIB,
        worker_bytes=mib * MIB,
        data_process_bytes=mib * MIB,
        object_store_bytes=mib * MIB,
    )


def make_measurement() -> Measurement:
    rounds = [
        make_round(side, 50.0 + round_idx, round_idx=round_idx, work=work)
        for round_idx in range(2)
        for work in Work
        for side in Side
    ]
    return Measurement(
        plan=FULL,
        machine=Machine(
            measured_at="2026-01-31T12:00:00+00:00",
            commit="0123456789ab",
            system="Linux x86_64",
            processor="Some CPU",
            num_cores=2,
            memory_gib=16.0,
            python="3.11.7",
            packages={"ray": "2.60.0"},
            busy_cores_before=0.1,
        ),
        photos="64 drawn leaves",
        num_refused=0,
        rounds=tuple(rounds),
        memory=(make_memory(1000, 100), make_memory(10_000, 105)),
    )


def test_a_steady_stream_is_measured_after_its_first_steps() -> None:
    # Twenty images ahead all the time: each step's ten are decoded while it runs.
    steady = make_trace([8 + 0.1 * number for number in range(1000)])
    result = summarize(steady)
    assert result.is_balanced
    assert result.images_per_s == pytest.approx(10.0)
    assert result.window_images == pytest.approx(960, abs=20)
    assert result.stream_images_per_s == pytest.approx(1000 / 109)
    assert result.start_s == 10.0


def test_images_decoded_before_the_window_do_not_flatter_the_rate() -> None:
    # Steps of 0.5 s while images decoded earlier last, of 1.5 s while decoding runs beside them.
    ahead = [9.0] * 200 + [10 + 0.05 * number for number in range(800)]
    ends_s = [10 + 1.5 * number for number in range(27)]
    ends_s += [ends_s[-1] + 0.5 * (number + 1) for number in range(73)]
    trace = Trace(
        started_s=0.0,
        step_ends_s=tuple(ends_s),
        step_images=(10,) * 100,
        decoded_s=tuple(ahead),
        wait_share=0.0,
    )
    result = summarize(trace)
    assert result.is_balanced
    # The last twenty steps had their images from before the window, and are not in it.
    assert 500 < result.window_images < 800
    in_full = 960 / (ends_s[-1] - ends_s[3])
    assert result.images_per_s < in_full


def test_a_stream_that_was_decoded_beforehand_counts_with_its_start() -> None:
    result = summarize(make_trace([1.0] * 1000))
    assert not result.is_balanced
    assert result.images_per_s == result.stream_images_per_s == pytest.approx(1000 / 109)


@pytest.mark.parametrize("num_steps", [1, 2])
def test_a_stream_of_hardly_a_step_has_a_rate_all_the_same(num_steps: int) -> None:
    result = summarize(make_trace([1.0] * 20, num_steps=num_steps))
    assert result.images_per_s > 0


def test_a_stream_without_a_step_has_no_rate() -> None:
    assert math.isnan(summarize(make_trace([], num_steps=0)).images_per_s)


def test_ratios_are_taken_round_by_round() -> None:
    # The machine halves its speed in the second round: that is no difference between the sides.
    rounds = [
        make_round(Side.RAY, 98.0),
        make_round(Side.TORCH, 100.0),
        make_round(Side.TORCH, 50.0, round_idx=1),
        make_round(Side.RAY, 49.0, round_idx=1),
        make_round(Side.RAY, 48.0, round_idx=2),
        make_round(Side.TORCH, 50.0, round_idx=2),
    ]
    figure = judge(rounds, [])[0]
    assert figure.value == pytest.approx(0.98)
    assert [figure.lowest, figure.highest] == pytest.approx([0.96, 0.98])
    assert figure.limit == 0.97
    assert figure.is_met


def test_memory_grows_from_the_short_run_to_the_long_one() -> None:
    memory = [
        make_memory(1000, 100),
        make_memory(10_000, 105),
        make_memory(10_000, 125, round_idx=1),
        make_memory(1000, 100, round_idx=1),
    ]
    by_name = {figure.name: figure for figure in judge([], memory)}
    total = by_name["peak memory of processes and object store: 10000 images / 1000 images"]
    assert total.value == pytest.approx(1.15)
    assert total.is_met is False
    assert by_name["peak of the object store: 10000 images / 1000 images"].is_met is None


def test_a_figure_that_was_not_measured_is_missed() -> None:
    promised = [figure for figure in judge([], []) if figure.limit is not None]
    assert len(promised) == 6
    assert [figure.is_met for figure in promised] == [False] * 6


def test_doubts_are_named() -> None:
    rounds = [make_round(Side.RAY, 10.0)]
    assert find_doubts(rounds, is_quick=False, busy_cores_before=0.4) == ()
    short = summarize(make_trace([1.0] * 1000))
    doubts = find_doubts([*rounds, short], is_quick=True, busy_cores_before=1.5)
    assert [doubt.split()[0] for doubt in doubts] == ["a", "1.5", "1"]


def test_the_report_holds_values_targets_and_verdicts(tmp_path) -> None:
    save_report(make_measurement(), tmp_path / "results" / "bench.json")
    files = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert files == ["bench.json", "bench.png"]
    document = json.loads((tmp_path / "results" / "bench.json").read_text())
    assert document["machine"]["commit"] == "0123456789ab"
    assert document["plan"]["config"]["name"] == "baseline"
    assert len(document["rounds"]) == 8
    assert [figure["is_met"] for figure in document["figures"] if figure["limit"]] == [True] * 6
    assert document["doubts"] == []


@pytest.mark.parametrize("plan", [QUICK, FULL])
def test_a_plan_is_bounded(plan) -> None:
    num_streams = plan.num_rounds * len(Work) * len(Side)
    most_s = num_streams * plan.stream_timeout_s + (
        plan.num_memory_rounds * len(plan.memory_images) * plan.memory_timeout_s
    )
    assert 0 < most_s < 10 * 3600
