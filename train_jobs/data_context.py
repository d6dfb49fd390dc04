"""Ray Data settings of every pipeline here, set in one place."""

import time
from typing import TYPE_CHECKING

import pyarrow as pa
import ray.data
from ray.data import DataContext
from ray.data._internal.execution.execution_callback import ExecutionCallback  # not re-exported

if TYPE_CHECKING:
    from ray.data._internal.execution.streaming_executor import StreamingExecutor

_PAUSE_S = 0.02
# Of an actor that holds a model: beside a service on two cores, whose replicas hold up to one of
# Ray's two CPUs, there must be room for two.
CPUS_PER_ACTOR = 0.5


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


def create_dataset(table: pa.Table, *, rows_per_block: int) -> ray.data.Dataset:
    """Return a dataset whose blocks are cut here.

    Repartitioning is a stage of tasks that ask for a core each: beside actors and replicas on two
    cores they found none, and a pipeline waited for ever.
    """
    starts = range(0, table.num_rows, rows_per_block)
    return ray.data.from_arrow([table.slice(start, rows_per_block) for start in starts])
