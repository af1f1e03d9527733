"""What belongs in each section of a postmortem, with a line that shows how it reads when it is good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from hardwon.domain.postmortem import SECTION_TITLES, Postmortem, SectionName, heading_of
from hardwon.domain.template import Template, TemplateSection


class Guide(msgspec.Struct, frozen=True):
    """Help for one section: what to ask, and an example."""

    ask: str
    example: str


GUIDE: Final[dict[SectionName, Guide]] = {
    "summary": Guide(
        "What happened, to whom, for how long, and how it ended? Three sentences for someone who was not there.",
        "For 29 hours the ranker used old embeddings. Click-through fell by 4 %. Rebuilding three partitions ended it.",
    ),
    "context": Guide(
        "What was in scope? The environment, the versions, the traffic, the properties of the data that matter.",
        "Production, ranker 7.3.2 with embedder 45, on the Tuesday before a sale: twice the usual traffic.",
    ),
    "impact": Guide(
        "Who was hurt, how much, and how do we know? Give figures with their unit and their whole.",
        "187,300 of 1.38 million sessions that day saw at least one item that was sold out.",
    ),
    "detection": Guide(
        "How was it noticed, by whom, and what should have noticed it first?",
        "Three shops wrote to support. The freshness panel was green: it shows the mean over all partitions.",
    ),
    "timeline": Guide(
        "The incident's own timeline is shown beside this. Add only what it cannot say.",
        "Between 09:31 and 10:05 two people looked at the same dashboard and read it differently.",
    ),
    "went_well": Guide(
        "What helped, and should be kept? Tools, habits, people who shared what they knew.",
        "The roll back took four minutes, because it had been drilled in spring.",
    ),
    "went_wrong": Guide(
        "Where did systems, signals or agreements let people down? Say what was known then, not what is known now.",
        "The job reported success while three partitions were missing, so on-call had no reason to doubt it.",
    ),
    "lucky": Guide(
        "What could have made it worse, and did not, without anyone's doing?",
        "The sale began a day later. On that day the same failure would have cost four times as much.",
    ),
    "factors": Guide(
        "What contributed? Keep technical and process apart, and name the evidence for each. There is never one cause.",
        "The publish step compares no counts. The alert had been muted for maintenance and nobody ended the mute.",
    ),
    "rejected": Guide(
        "Which explanations were looked at and ruled out, and by what evidence?",
        "Ranker 7.4.0 was suspected first. Rolling it back changed nothing for 34 minutes.",
    ),
    "remediation": Guide(
        "What was done to stop the harm, step by step, and what did each step change?",
        "10:20 serve the index of the day before: click-through back in 25 minutes, new items missing.",
    ),
    "recovery": Guide(
        "How was the normal state reached again, and how was that verified?",
        "All partitions rebuilt by 11:30; every one younger than two hours for a quarter of an hour.",
    ),
    "testing": Guide(
        "Which test would have caught it? What is tested now that was not?",
        "A replay of yesterday's traffic against the new index, before any of today's is shifted.",
    ),
    "monitoring": Guide(
        "Which signal was missing, too slow or misread? What changes?",
        "The panel shows the oldest partition, not the mean, and pages at six hours.",
    ),
    "rollback": Guide(
        "Could it be rolled back? How far, how fast, and what would have been lost?",
        "Yes, to the index of the day before: four minutes, and the items of one day go missing.",
    ),
    "governance": Guide(
        "Were data, security, law or a promise to a customer touched? Who had to be told?",
        "No personal data was touched. Two contracts promise fresh results within a day; both partners were told.",
    ),
    "lessons": Guide(
        "What would you tell a team that is about to make the same change? Write it so that it stands alone.",
        "Count partitions, not exit codes: a job that says success says nothing about what it published.",
    ),
    "actions": Guide(
        "What will change, by whom, by when, and which measure will show that it worked?",
        "Alert when the age of any partition passes 6 h: holds when time to page is under 30 min for 90 days.",
    ),
}


OUTLINE: Final = tuple(
    TemplateSection(name=name, title=SECTION_TITLES[name], ask=guide.ask, example=guide.example)
    for name, guide in GUIDE.items()
)
"""The sections of a postmortem that has no template."""


def outline_of(
    postmortem: Postmortem, template: Template | None, demanded: Iterable[str] = ()
) -> tuple[TemplateSection, ...]:
    """Return the sections to write: the template's, then what is demanded or written besides."""
    outline = {section.name: section for section in (template.sections if template else OUTLINE)}
    standard = {section.name: section for section in OUTLINE}
    for name in demanded:
        if name in standard:
            outline.setdefault(name, standard[name])
    for section in postmortem.sections:
        plain = TemplateSection(name=section.name, title=heading_of(section))
        outline.setdefault(section.name, standard.get(section.name, plain))
    return tuple(outline.values())
