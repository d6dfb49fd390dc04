"""Which set-ups are compared, what they are to Serve, and what is concluded from figures."""

import dataclasses
import json
from pathlib import Path

import pytest

from cluster.machine import Machine
from cluster.serve_config import build_serve_config
from cluster.settings import Settings
from loadtest.load.figures import LoadStory
from loadtest.load.request_log import NEVER_ASKED, Asked, Level
from loadtest.load.shapes import STAIRS
from loadtest.matrix.findings import SetupResult, conclude, find_noise, to_result
from loadtest.matrix.report import save_matrix, to_markdown
from loadtest.matrix.run import MatrixRun
from loadtest.matrix.setups import CHAMPION, INT8, Setup, list_setups, to_config
from loadtest.slo import Summary

ONE, TWO = Setup(num_replicas=1, num_threads=1), Setup(num_replicas=2, num_threads=1)


def summarize(p95_ms):
    return Summary(
        num_answered=100, num_failed=0, rps=30.0, p50_ms=10.0, p95_ms=p95_ms, p99_ms=2 * p95_ms
    )


def make_result(setup, most_rps, *, p95_ms=50.0, num_failed=0):
    return SetupResult(
        setup=setup,
        quiet=summarize(20.0),
        loaded=summarize(p95_ms),
        most_rps=most_rps,
        num_failed=num_failed,
        generator_cores=0.2,
    )


@pytest.mark.parametrize(("num_cpus", "most"), [(1, 1), (2, 2), (3, 2), (4, 4), (64, 4)])
def test_there_are_no_more_replicas_than_cores(num_cpus, most):
    setups = list_setups(num_cpus=num_cpus, has_int8=True, is_quick=False)
    assert max(setup.num_replicas for setup in setups) == most
    assert setups[0] == setups[-1]
    assert len(set(setups)) == len(setups) - 1
    assert {setup.photos_per_request for setup in setups} == {1, 8, 16}
    assert [setup.num_replicas for setup in setups if setup.model == INT8] == [most]


def test_int8_and_quick_runs_leave_out_what_they_cannot_do():
    models = {item.model for item in list_setups(num_cpus=2, has_int8=False, is_quick=False)}
    assert models == {CHAMPION}
    assert len(list_setups(num_cpus=2, has_int8=False, is_quick=True)) == 3


@pytest.mark.parametrize(
    ("setup", "lent"),
    [
        (ONE, 0.5),
        (TWO, 0.5),
        (Setup(num_replicas=1, num_threads=2), 1.0),
        (Setup(num_replicas=2, num_threads=2), 0.5),
    ],
)
def test_a_set_up_and_its_successor_fit_what_ray_has_to_lend(tmp_path, setup, lent):
    settings = Settings(home=tmp_path, num_cpus=2)
    usual = build_serve_config(settings, artifact_dir=Path("a"), api_keys_path=Path("keys"))
    before = json.dumps(usual)
    config = to_config(usual, setup, num_cpus=2)
    predict, control = config["applications"]
    (deployment,) = predict["deployments"]
    assert predict["args"]["num_threads"] == setup.num_threads
    assert deployment["autoscaling_config"]["min_replicas"] == setup.num_replicas
    assert deployment["autoscaling_config"]["max_replicas"] == setup.num_replicas
    assert deployment["ray_actor_options"]["num_cpus"] == lent
    assert control == usual["applications"][1]
    assert json.dumps(usual) == before


def test_pairs_that_differ_in_one_thing_are_compared():
    eight = dataclasses.replace(TWO, photos_per_request=8)
    told = conclude(
        [
            make_result(ONE, 50.0),
            make_result(TWO, 80.0, p95_ms=30.0),
            make_result(eight, 82.0, p95_ms=160.0),
            make_result(ONE, 51.0),
        ]
    )
    assert "1.60 times the photographs/s (50 to 80)" in told[1]
    assert told[1].startswith("Replicas: 2 instead of 1")
    assert "no clear difference" in told[2]
    assert told[2].startswith("Photographs a request: 8 instead of 1")
    assert told[3].startswith(f"Most photographs/s: {eight.words}")
    # 160 ms for eight photographs is less for each than 30 ms for one.
    assert eight.words in told[4]
    assert told[5].endswith(": 0.")
    assert len(told) == 6


def test_what_chance_does_is_measured_and_hides_smaller_differences():
    results = [make_result(ONE, 50.0), make_result(TWO, 60.0), make_result(ONE, 40.0)]
    assert find_noise(results) == pytest.approx(0.25)
    told = conclude(results)
    assert "differences below 25% are chance" in told[0]
    assert "no clear difference (50 and 60 photographs/s)" in told[1]
    quiet = [make_result(ONE, 50.0), make_result(TWO, 60.0), make_result(ONE, 50.0)]
    assert "1.20 times" in conclude(quiet)[1]


def test_a_story_of_three_levels_is_a_result():
    levels = ((0.0, 0.33), (8.0, 0.67), (16.0, 1.8))
    requests = [
        *(ask(idx / 10, 0.02) for idx in range(80)),
        *(ask(8 + idx / 20, 0.03) for idx in range(160)),
        *(ask(16 + idx / 40, 0.5) for idx in range(460)),
        ask(20.0, 0.0, fault="status 503"),
        ask(20.0, 0.0, fault=NEVER_ASKED),
    ]
    story = LoadStory(
        shape=STAIRS,
        replica_rps=50.0,
        kind="prediction",
        levels=tuple(Level(at_s=at_s, load=load, num_users=1) for at_s, load in levels),
        requests=tuple(requests),
        looks=(),
        ended_s=28.0,
        generator_cores=0.3,
    )
    result = to_result(ONE, story)
    assert result.quiet.p95_ms == pytest.approx(20)
    assert result.loaded.p95_ms == pytest.approx(30)
    assert result.most_rps == pytest.approx(40, rel=0.05)
    assert result.num_failed == 1


def ask(due_s, took_s, *, fault=""):
    return Asked(
        kind="prediction",
        due_s=due_s,
        sent_s=due_s,
        ended_s=due_s + took_s,
        num_photos=1,
        fault=fault,
    )


def test_a_matrix_is_written_as_table_values_and_plot(tmp_path):
    run = MatrixRun(
        shape=STAIRS,
        machine=Machine(
            measured_at="2026-01-31T12:00:00+00:00",
            commit="0123456789ab",
            system="Linux x86_64",
            processor="Some CPU",
            num_cores=2,
            memory_gib=16.0,
            python="3.11.7",
            packages={},
            busy_cores_before=0.9,
        ),
        model_version="v7",
        replica_rps=50.0,
        results=(make_result(ONE, 50.0), make_result(TWO, 80.0), make_result(ONE, 50.0)),
    )
    save_matrix(run, tmp_path)
    text = (tmp_path / "matrix.md").read_text()
    assert text == to_markdown(run)
    assert "| 2 | 1 | 1 | champion | 10 / 20 / 40 | 10 / 50 / 100 | 80 | 0 |" in text
    assert "DOUBTFUL" in text
    document = json.loads((tmp_path / "matrix.json").read_text())
    assert document["results"][1]["setup"]["num_replicas"] == 2
    assert document["conclusions"] == conclude(run.results)
    assert (tmp_path / "matrix.png").read_bytes().startswith(b"\x89PNG")
