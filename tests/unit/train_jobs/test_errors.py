"""The cause of a failed run, below what Ray puts around it."""

import errno
import os

from train_jobs.errors import say_cause

REMOTE = """Traceback (most recent call last):
  File "images_pipeline.py", line 9, in decode
models.images.ImageError: the stored photograph 12ab is damaged; remove that file

The above exception was the direct cause of the following exception:

ray.exceptions.UserCodeException: UDF failed to process a data block.
To change retry attempts, configure something else."""


class WorkerGroupError(Exception):
    def __init__(self, failures: dict[int, Exception]) -> None:
        super().__init__("Training failed due to worker errors")
        self.worker_failures = failures


def test_the_first_error_of_a_remote_traceback_is_named() -> None:
    error = WorkerGroupError({0: RuntimeError(REMOTE)})
    assert say_cause(error) == "the stored photograph 12ab is damaged; remove that file"


def test_an_error_of_the_worker_itself_is_named() -> None:
    error = WorkerGroupError({1: ValueError("the loss became nan in epoch 2")})
    assert say_cause(error) == "the loss became nan in epoch 2"


def test_an_error_without_words_is_named_by_its_type() -> None:
    assert say_cause(TimeoutError()) == "TimeoutError"


def test_a_full_disk_is_named_with_what_to_do() -> None:
    error = WorkerGroupError({0: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))})
    assert "No space left on device. Free some space" in say_cause(error)
