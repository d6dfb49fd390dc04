"""The shapes for Locust: the one class that reads `loadtest.load.shapes`."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import LoadTestShape, events

from cluster.settings import load_settings
from loadtest.load.request_log import LEVELS_FILE, Level, LogWriter, list_columns, to_row
from loadtest.load.shapes import SHAPES, STEP, find_load, to_users


def _add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("Leafray's shapes")
    group.add_argument("--load-shape", choices=sorted(SHAPES), default=STEP.name)
    group.add_argument(
        "--unit-rps", type=float, default=50.0, help="Photographs a second at a load of 1.0."
    )


class DataShape(LoadTestShape):
    """Follows a shape; the users of which there is one each come on top."""

    _writer: LogWriter | None = None
    _num_users = -1

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there should be; Locust asks once a second."""
        environment = self._get_environment()
        options = environment.parsed_options
        load = find_load(
            SHAPES[options.load_shape],
            time.perf_counter() - self.start_time,
            downscale_delay_s=load_settings().downscale_delay_s,
        )
        if load is None:
            return None
        num_users = to_users(load, unit_rps=options.unit_rps)
        if num_users != self._num_users and options.log_dir is not None:
            self._writer = self._writer or LogWriter(
                Path(options.log_dir) / LEVELS_FILE, list_columns(Level)
            )
            level = Level(at_s=time.time(), load=load, num_users=num_users)
            self._writer.write([to_row(level)])
        self._num_users = num_users
        num_others = sum(user.fixed_count for user in environment.user_classes)
        # All at once: at a lower rate Locust would make steps into ramps.
        return num_users + num_others, float(num_users + num_others)

    def _get_environment(self) -> Any:
        if self.runner is None:
            raise RuntimeError("Locust asks a shape only when it runs.")
        return self.runner.environment


events.init_command_line_parser.add_listener(_add_options)
