"""Ray Data settings of every pipeline here, set in one place."""

import time
from typing import TYPE_CHECKING

from ray.data import DataContext
from ray.data._internal.execution.execution_callback import ExecutionCallback  # not re-exported

if TYPE_CHECKING:
    from ray.data._internal.execution.streaming_executor import StreamingExecutor

_PAUSE_S = 0.02


class SchedulingPause(ExecutionCallback):
    """Rest between two steps of Ray Data's scheduler.

    While a slow consumer (a training step) holds the stream back, finished but unread outputs
    make the scheduler's wait return at once, and its loop took half a core of two away from
    training (Ray 2.60). 50 steps a second are plenty for tasks that last seconds.
    """

    def on_execution_step(self, executor: "StreamingExecutor") -> None:  # noqa: ARG002
        """Sleep for a moment."""
        time.sleep(_PAUSE_S)


def configure_ray_data() -> None:
    """Apply the settings to this process; datasets created from now on carry them."""
    context = DataContext.get_current()
    if SchedulingPause not in context.custom_execution_callback_classes:
        context.custom_execution_callback_classes.append(SchedulingPause)
    context.enable_progress_bars = False
