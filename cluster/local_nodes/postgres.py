"""PostgreSQL for MLflow: Debian's server as a process of its own, with data of its own."""

import getpass
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from cluster.errors import ProcessError
from cluster.local_nodes.plan import Plan
from cluster.processes import as_user
from cluster.service import start_service, wait_for_service
from cluster.settings import LOOPBACK, Settings

SERVICE = "postgres"
_ROLE = "mlflow"
# Debian keeps the programs of each version out of PATH.
_DEBIAN_DIR = Path("/usr/lib/postgresql")
_TIMEOUT_S = 60.0


def start_postgres(settings: Settings, plan: Plan) -> None:
    """Make a database, start its server and return when it answers.

    PostgreSQL does not run as root: as root it is started as the user that its package made.

    Raises:
        ProcessError: it is not installed, or did not start.
    """
    layout = settings.layout
    user = _find_user()
    folder = layout.postgres_dir
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(folder, user)
    # Whoever is that user of this system may enter by the socket, others with the password.
    methods = ["--auth-local=peer", "--auth-host=scram-sha-256"]
    _run("initdb", "--no-sync", *methods, f"--pgdata={folder}", user=user)
    start_service(
        layout,
        SERVICE,
        [
            str(_find_program("postgres")),
            *("-D", str(folder)),
            *("-p", str(plan.postgres_port)),
            *("-c", f"listen_addresses={LOOPBACK}"),
            *("-c", f"unix_socket_directories={folder}"),
        ],
        env=os.environ,
        cwd=folder,
        user=user,
    )
    place = [f"--host={folder}", f"--port={plan.postgres_port}"]
    wait_for_service(settings, SERVICE, lambda: _answers(place, user=user))
    statements = (
        f"CREATE ROLE {_ROLE} LOGIN PASSWORD '{plan.secret}';CREATE DATABASE {_ROLE} OWNER {_ROLE};"
    )
    # By standard input: in arguments anybody on the machine could read the password.
    options = ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname=postgres"]
    _run("psql", *place, *options, user=user, text=statements)


def build_url(plan: Plan) -> str:
    """Return the address of MLflow's database, with the password."""
    # The driver is named: without a name SQLAlchemy 2.1 takes psycopg 3, which no lock here holds.
    return f"postgresql+psycopg2://{_ROLE}:{plan.secret}@{LOOPBACK}:{plan.postgres_port}/{_ROLE}"


def _find_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise ProcessError(
            "PostgreSQL does not run as root, and there is no user `postgres` to run it as. "
            "Install Debian's package: apt-get install postgresql"
        ) from None


def _find_program(name: str) -> Path:
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    programs = sorted(_DEBIAN_DIR.glob(f"*/bin/{name}"))
    if not programs:
        raise ProcessError("PostgreSQL is not installed: apt-get install postgresql")
    return programs[-1]


def _answers(place: list[str], *, user: str | None) -> bool:
    try:
        _run("pg_isready", "--quiet", *place, user=user)
    except ProcessError:
        return False
    return True


def _run(name: str, *arguments: str, user: str | None, text: str = "") -> None:
    done = subprocess.run(
        [str(_find_program(name)), *arguments],
        env=os.environ | {"PGUSER": user or getpass.getuser()},
        cwd="/",
        input=text,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
        **as_user(user),
    )
    if done.returncode != 0:
        raise ProcessError(f"{name} failed: {done.stderr.strip()[-500:]}")
