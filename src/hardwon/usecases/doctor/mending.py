"""What the doctor may mend, each thing by itself and never by deleting."""

from __future__ import annotations

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.storage import inspection
from hardwon.storage.attachments import set_aside
from hardwon.usecases.app import App
from hardwon.usecases.doctor.place import make_private
from hardwon.usecases.doctor.stored import orphans_of


def keep_key_private(app: App, actor: Actor) -> str:
    """Let nobody but its owner read the signing key, and put that into the trail. Raises ForbiddenError."""
    authorise(actor, "administer")
    path = make_private(app.settings)
    with app.store.begin(actor, app.now()) as tx:
        tx.audit("mended", "workspace", "key", "rights of others taken away")
    return f"{path} is its owner's alone"


def release_leases(app: App, actor: Actor) -> str:
    """Give the jobs back that a worker held which is gone. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.begin(actor, app.now()) as tx:
        number = inspection.release_leases(tx)
        if number:
            tx.audit("mended", "workspace", "leases", f"{number} given back")
    return f"{number} given back"


def set_orphans_aside(app: App, actor: Actor) -> str:
    """Move files that no record names to `attachments/orphans`. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        loose = orphans_of(reading, app.settings, app.now())
    if loose:
        with app.store.begin(actor, app.now()) as tx:
            tx.audit("mended", "workspace", "orphans", f"{len(loose)} files set aside")
            for one in loose:
                set_aside(app.settings.attachments, one.sha256)
    return f"{len(loose)} files set aside"
