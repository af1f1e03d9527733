"""The catalogue, deployments and actions of the sample."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hardwon.domain.action import Action
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment
from hardwon.sample.dates import days_before, moment, morning
from hardwon.sample.files import flowing
from hardwon.sample.incidents import SOURCE, TAG
from hardwon.sample.tables import ActionSource, CatalogSource, DeploymentSource

_REPOSITORY = "https://git.example/"


def catalogue_of(source: CatalogSource) -> Iterator[Team | Person | Service | Environment]:
    """Yield teams, people, services (the public ones last) and environments."""
    for key, name in source.team.items():
        yield Team(id=key, name=name)
    for person in source.person:
        yield Person(
            id=person.id,
            name=person.name,
            email=f"{person.id}@shop.example",
            teams=person.teams,
            roles=person.roles,
            active=person.active,
        )
    for service in source.service:
        yield Service(
            id=service.id,
            name=service.name,
            team=service.team,
            kind=service.kind,
            criticality=service.criticality,
            calls=service.calls,
            repository=_REPOSITORY + service.id,
            tags=(TAG,),
        )
    for key, name in source.public.items():
        yield Service(id=key, name=name, tags=(TAG, "public"))
    for place in source.environment:
        yield Environment(id=place.id, name=place.name, production=place.production)


def deployment_of(source: DeploymentSource, today: date) -> Deployment:
    """Return the deployment; one that has ended took `minutes`."""
    started = moment(days_before(today, source.days_ago), source.at)
    ended = None if source.minutes is None else started + timedelta(minutes=source.minutes)
    changes = tuple(
        Change(
            commit=change.commit,
            text=change.text,
            repository=_REPOSITORY + source.service,
            files=change.files,
            tickets=change.tickets,
            merged_at=started - timedelta(hours=3 + 2 * back),
            reverts=change.reverts,
        )
        for back, change in enumerate(source.changes)
    )
    return Deployment(
        id=source.id,
        title=source.title or f"{source.service} {source.version} to {source.environment}",
        service=source.service,
        environment=source.environment,
        version=source.version,
        package=source.package,
        changes=changes,
        versions=source.versions,
        started_at=started,
        finished_at=ended,
        outcome=source.outcome,
        description=flowing(source.description),
        source=SOURCE,
        source_id=f"{source.service}-{source.version}-{source.id.lower()}",
    )


def action_of(source: ActionSource, today: date) -> Action:
    """Return the action."""
    last = source.updated if source.updated is not None else source.done
    return Action(
        id=source.id,
        title=source.title,
        kind=source.kind,
        side=source.side,
        state=source.state,
        owner=source.owner,
        team=source.team,
        due_on=days_before(today, -source.due_in),
        criterion=source.criterion,
        outcome=source.outcome,
        incident=source.incident,
        lessons=source.lessons,
        services=source.services,
        tags=(TAG,),
        description=flowing(source.description),
        written_at=morning(today, source.written),
        updated_at=morning(today, source.written if last is None else last),
        done_at=None if source.done is None else morning(today, source.done),
        source=SOURCE,
        source_id=f"promise-{source.id.lower()}",
    )
