"""What can go wrong while the platform starts, runs or stops.

::

    ClusterError
    ├── SettingsError     a LEAFRAY_* variable has a value that cannot be used
    ├── StorageError      the home folder cannot hold the state (rights, space)
    ├── KeyFileError      a key file exists and cannot be read
    ├── KeyNameError      an API key's name is taken, unknown or cannot be used
    ├── PortTakenError    another program listens where a service must listen
    ├── ProcessError      a service did not start, or did not end
    ├── ServeError        Ray Serve refused or failed the application
    │   └── RollError     the replicas refuse a model and go on with the one before
    ├── JobError          Ray's dashboard is away, or takes no job
    ├── BundleError       an artifact folder is incomplete or a byte of it changed
    ├── RegistryError     the model registry has no such model, or cannot be reached
    ├── PromotionError    a model was not promoted or taken back; the one before serves
    ├── RunError          a retraining run is unknown, or waited too long for another
    │   └── RunStateError a run cannot be changed in that way now
    └── UploadError       there is no such upload, or it cannot be read
        └── UploadStateError  an upload cannot be changed in that way now

Every message ends with what to do next.
"""


class ClusterError(Exception):
    """Base of all errors of this package."""


class SettingsError(ClusterError):
    """A setting has a value that cannot be used."""


class StorageError(ClusterError):
    """A folder of the storage layout cannot be made, written or filled."""


class KeyFileError(ClusterError):
    """A key file exists and cannot be understood."""


class KeyNameError(ClusterError):
    """An API key's name is taken, unknown or cannot be used."""


class PortTakenError(ClusterError):
    """Another program listens on a port that a service needs."""


class ProcessError(ClusterError):
    """A service did not start in time, ended early, or could not be ended."""


class ServeError(ClusterError):
    """Ray Serve refused the application, or the application failed."""


class RollError(ServeError):
    """A running replica refused the model that it was ordered to serve, and kept its own."""


class JobError(ClusterError):
    """Ray's dashboard is away, or it did not take or find a job."""


class BundleError(ClusterError):
    """An artifact folder is incomplete, or a byte of it changed."""


class RegistryError(ClusterError):
    """The model registry has no such model, or cannot be reached."""


class UploadError(ClusterError):
    """There is no such upload, or what lies on disk of it cannot be read."""


class UploadStateError(UploadError):
    """An upload cannot be changed in that way now; ``str(error)`` says what can be done."""


class PromotionError(ClusterError):
    """A model was not promoted or taken back; the one before still serves."""


class RunError(ClusterError):
    """A retraining run does not exist, or another one held its place for too long."""


class RunStateError(RunError):
    """A run has ended, or its id has been used."""
