"""Every error Hardwon raises on purpose.

    HardwonError
     ├─ InputError            the request itself is wrong: nothing was done
     │   └─ TooLargeError     it is over a stated bound
     ├─ NotFoundError         no such record, or none the asker may see
     ├─ ConflictError         somebody else was first
     │   ├─ RevisionConflictError
     │   │   └─ SectionConflictError
     │   ├─ WitnessConflictError
     │   └─ DuplicateError
     ├─ ForbiddenError        the asker may not do this
     │   └─ UnauthenticatedError  nobody knows who is asking
     ├─ ThrottledError        asked too often: wait
     ├─ RuleError             the record's state or a team's rule does not allow it
     │   └─ BelowStandardError    what the minimum standard demands is not there yet
     └─ UnavailableError      a part Hardwon needs is not there: try again, or mend it
         ├─ BusyError
         ├─ WorkspaceLockedError
         └─ UnsafeStoreError

Each carries a stable `code` and a message that says the fix. Faces map the tree once; nothing in
here knows a transport.
"""

from __future__ import annotations

import errno
from typing import Final

_EXHAUSTED: Final = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
}


class HardwonError(Exception):
    """The root of everything Hardwon raises on purpose."""

    code = "error"

    def __init__(self, message: str, *, fix: str = "") -> None:
        """Say what is wrong in `message` and what to do about it in `fix`."""
        super().__init__(f"{message} {fix}".strip())
        self.message = message
        self.fix = fix


class InputError(HardwonError):
    """What was asked cannot be understood or is out of bounds; nothing was changed."""

    code = "invalid_input"


class TooLargeError(InputError):
    """An input is over its stated size."""

    code = "too_large"


class NotFoundError(HardwonError):
    """There is no such record, or none that the asker may see."""

    code = "not_found"


class ConflictError(HardwonError):
    """Somebody else changed or made the thing first."""

    code = "conflict"


class RevisionConflictError(ConflictError):
    """The record moved on since the asker read it."""

    code = "revision_conflict"


class SectionConflictError(RevisionConflictError):
    """A section was written by somebody else since; `theirs` is what stands there now."""

    code = "section_conflict"

    def __init__(self, message: str, *, theirs: str, fix: str = "") -> None:
        """Say what is wrong, and keep the other text."""
        super().__init__(message, fix=fix)
        self.theirs = theirs


class WitnessConflictError(ConflictError):
    """A witness saw another tree last than the proof starts from; `size` is that of the one it saw."""

    code = "witness_conflict"

    def __init__(self, size: int) -> None:
        """Keep the size."""
        super().__init__(f"{size} entries were seen last.", fix="Prove it from there.")
        self.size = size


class DuplicateError(ConflictError):
    """A record with this identity is there already."""

    code = "duplicate"


class ThrottledError(HardwonError):
    """Somebody asked too often; it is heard again after a while."""

    code = "throttled"


class ForbiddenError(HardwonError):
    """The asker's roles or scopes do not allow it."""

    code = "forbidden"


class UnauthenticatedError(ForbiddenError):
    """Nobody knows who is asking."""

    code = "unauthenticated"


class RuleError(HardwonError):
    """The record's state, or a rule the team owns, does not allow the step."""

    code = "rule"


class BelowStandardError(RuleError):
    """Something is missing that the minimum standard demands; `missing` says what, and where it is put right."""

    def __init__(self, message: str, *, missing: tuple[tuple[str, str], ...], fix: str = "") -> None:
        """Say what is wrong, and keep each missing thing with its address."""
        super().__init__(message, fix=fix)
        self.missing = missing


class UnavailableError(HardwonError):
    """A part that Hardwon needs is out of reach; nothing was acknowledged."""

    code = "unavailable"


class BusyError(UnavailableError):
    """Another process holds the database longer than we wait."""

    code = "busy"


class WorkspaceLockedError(UnavailableError):
    """Another Hardwon serves this workspace."""

    code = "workspace_locked"


class UnsafeStoreError(UnavailableError):
    """The database library or file system could lose acknowledged writes."""

    code = "unsafe_store"


def of_machine(error: Exception) -> UnavailableError | None:
    """Return what the machine's own failing is to those who ask: a full disk, a broken one, no more files
    to open. None for any other error.
    """
    if not isinstance(error, OSError) or error.errno not in _EXHAUSTED:
        return None
    return UnavailableError(
        f"The machine refuses: {error.strerror or error}.", fix="See `hardwon doctor`, then try again."
    )
