"""What can go wrong in the training benchmark; light, because the command line imports it."""


class BenchError(Exception):
    """A part of the benchmark that did not run, or not in time; the message says what to do."""
