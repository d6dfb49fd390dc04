"""One background service of an installation: started by its name, and waited for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cluster.errors import ProcessError
from cluster.http_probe import wait_for
from cluster.processes import ProcessRecord, is_alive, load_record, read_log_tail, start_daemon
from cluster.settings import Settings
from cluster.storage import PROJECT_DIR, Layout


def start_service(
    layout: Layout,
    service: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path = PROJECT_DIR,
    user: str | None = None,
) -> ProcessRecord:
    """Start a command as a daemon of this installation; it is not ready yet on return.

    Raises:
        ProcessError: the program cannot be started.
    """
    return start_daemon(
        command,
        env=env,
        cwd=cwd,
        log_path=layout.log_path(service),
        pid_path=layout.pid_path(service),
        marker=str(layout.home),
        user=user,
    )


def wait_for_service(settings: Settings, service: str, is_ready: Callable[[], bool]) -> None:
    """Wait until a daemon says that it is ready.

    Raises:
        ProcessError: it ended, or was not ready in time.
    """
    record = load_record(settings.layout.pid_path(service))
    log_path = settings.layout.log_path(service)
    ended = False

    def ready_or_ended() -> bool:
        nonlocal ended
        ended = not is_alive(record)
        return ended or is_ready()

    in_time = wait_for(ready_or_ended, timeout_s=settings.start_timeout_s)
    if ended:
        raise ProcessError(
            f"{service} ended while it started. The end of {log_path}:\n{read_log_tail(log_path)}"
        )
    if not in_time:
        raise ProcessError(
            f"{service} was not ready after {settings.start_timeout_s:.0f} s; its log is "
            f"{log_path}. Run `make stop`, then try again with LEAFRAY_START_TIMEOUT_S=600."
        )
