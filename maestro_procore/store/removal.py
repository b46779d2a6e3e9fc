"""Removes what this program keeps on a computer: journal, settings, logs, and what it put into the key ring (F273).

Files in Procore and in the drive stay as they are, and so does the maestro* company, which is the person's own data.
"""

import shutil
from pathlib import Path

from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile
from maestro_procore.store.lease import FileLease
from maestro_procore.store.secret_names import NotedSecrets


def what_goes(profile: Profile, *, with_company: bool = False) -> list[Path]:
    """Files and folders of the profile that `remove` takes away. with_company: a training company goes as well."""
    kept = () if with_company else (profile.company.name,)
    found = sorted(profile.root.iterdir()) if profile.root.is_dir() else []
    return [path for path in found if not any(path.name.startswith(name) for name in kept)]


def remove(profile: Profile, secrets: NotedSecrets | None, *, with_company: bool = False) -> list[Path]:
    """Removes everything; what went. The journal and the log of this process are to be closed before.

    secrets: of the profile; None in training, which puts nothing into the key ring.
    Errors: Refused (CLI-21) while a window or a service works on the profile, before anything is removed; (DOC-37)
    for a file that the system does not let go.
    """
    _refuse_while_used(profile)
    if secrets is not None:
        secrets.forget_all()
    gone = what_goes(profile, with_company=with_company)
    for path in gone:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise Refused(Problem("DOC-37", {"file": str(path), "text": error.strerror or str(error)})) from error
    if not any(profile.root.iterdir()):
        profile.root.rmdir()
    return gone


def _refuse_while_used(profile: Profile) -> None:
    """A window, too, has an engine that holds the lease."""
    lease = FileLease(profile.lease)
    if not lease.take():
        raise Refused(Problem("CLI-21", {"folder": str(profile.root)}))
    lease.give_back()
