"""Questions without a name: ask one, publish those of earlier days."""

from __future__ import annotations

from datetime import UTC, datetime, time

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor, system
from hardwon.domain.errors import HardwonError, NotFoundError, UnavailableError
from hardwon.domain.event import Event
from hardwon.domain.thread import checked_section, checked_text, is_batch_due, mentions_in
from hardwon.storage.questions import WaitingQuestion, put_question, take_questions, waiting_days
from hardwon.storage.store import Reading
from hardwon.storage.threads import artifact_at, check_room, new_thread, place_in, titles_of, told_about
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App


def ask(app: App, actor: Actor, artifact_id: str, text: str, *, section: str = "") -> None:
    """Take a question of which nothing is kept but its text, its place and the day.

    Who asks is authorised and then forgotten: no audit entry, no revision, no notice, no log line.
    The batch it belongs to is published on a later day. Raises as `comment` does; what nobody
    expected is raised as UnavailableError, since an unknown error would be logged with its time.
    """
    authorise(actor, "ask")
    day = app.today()
    try:
        with app.store.begin(system(), _midnight(app)) as tx:
            reading = Reading(tx.connection, scopes_of(actor))
            artifact = artifact_at(reading, artifact_id)
            place = checked_section(artifact, section, titles_of(reading, artifact))
            check_room(tx, artifact_id)
            question = WaitingQuestion(artifact=artifact_id, section=place, text=checked_text(text))
            put_question(tx, question, day)
        app.store.empty_log()
    except HardwonError:
        raise
    except Exception:  # noqa: BLE001  (logged, it would tell when somebody asked)
        raise UnavailableError("The question could not be kept.", fix="Try again.") from None


def publish(app: App) -> int:
    """Publish the questions of earlier days as threads, once they make a batch; return how many there were.

    Each has no author and the midnight of today, and comes in an order that says nothing; the system
    saves them, together, and their waiting rows are gone in the same transaction. For the worker.
    """
    today = app.today()
    with app.store.read(None) as reading:
        if not is_batch_due(waiting_days(reading, today), today):
            return 0
    at = _midnight(app)
    with app.store.begin(system(), app.now()) as tx:
        taken = take_questions(tx, today)
        for question in taken:
            _publish(tx, question, at)
    app.store.empty_log()
    return len(taken)


def _publish(tx: Transaction, question: WaitingQuestion, at: datetime) -> None:
    """Save one question as a thread; one on an artifact that is gone has nobody to read it."""
    try:
        artifact = artifact_at(Reading(tx.connection, None), question.artifact)
    except NotFoundError:
        return
    thread = new_thread(tx, artifact, question.section, "question", question.text, at)
    told = told_about(tx, artifact, mentions_in(thread.text))
    detail = f"question on {place_in(tx, artifact, thread.section)}"
    tx.save(thread, (Event(verb="created", detail=detail, tell=told),))


def _midnight(app: App) -> datetime:
    """Return the beginning of the day, the finest time an unnamed question carries."""
    return datetime.combine(app.today(), time(), UTC)
