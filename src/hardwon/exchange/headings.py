"""What postmortem templates call their sections, and which section of ours each name means."""

from __future__ import annotations

import re
from typing import Final

from hardwon.domain.postmortem import SectionName

_NAMES: Final[dict[SectionName, str]] = {
    "summary": """
        summary, tl;dr, tldr, overview, what happened, executive summary, incident summary, issue summary,
        abstract, synopsis, short summary, the incident, brief, outage summary, incident overview, incident
        description, event summary, problem statement, problem description, what is the problem, in short,
        at a glance, superficial summary
    """,
    "context": """
        context, background, scope and context, scope, system overview, preface, architecture, system
        background, leadup, lead up, affected systems, technical background, introduction
    """,
    "impact": """
        impact, customer impact, user impact, incident impact, business impact, user facing impact, who was
        affected, what was the impact, impact assessment, blast radius, effects, effect, consequences,
        damage, customer experience, data impact, data integrity, affected customers, affected services,
        impact analysis, scope of impact, impact summary, service impact
    """,
    "detection": """
        detection, how did we detect it, how was it detected, how was the incident detected, discovery, how
        we found out, how did we find out, fault detection, issue detection, alerting, incident detection,
        detection analysis, when did we notice, how did we notice, escalation
    """,
    "timeline": """
        timeline, incident timeline, timeline of events, chronology, sequence of events, event log, timeline
        summary, chain of events, detailed timeline, what happened when, events, full timeline, outage
        timeline, incident log, timeline utc, course of events, play by play
    """,
    "went_well": """
        what went well, things that went well, what worked, what worked well, what we did well, positives,
        went well, what was good, what did we do well, successes, good, what helped
    """,
    "went_wrong": """
        what went wrong, what went poorly, what could have gone better, what didn't go well, what did not go
        well, what went badly, things that went poorly, things that went wrong, what didn't go so well, what
        can be improved, what could be improved, areas for improvement, what did we do badly, what hindered,
        difficulties, what we did poorly, went wrong, weaknesses, why was this hard to detect, what failed,
        issues, what could we have done better, negatives, how can we do better, opportunities for
        improvement, where did we fail
    """,
    "lucky": """
        where we got lucky, where we were lucky, how we got lucky, lucky, luck, where did we get lucky, what
        were we lucky about
    """,
    "factors": """
        root cause, root causes, root cause analysis, rca, cause, causes, trigger, triggers, contributing
        factors, contributing factor, contributing conditions, contributors, root cause(s), contributing
        causes, five whys, 5 whys, the five whys, why did it happen, why did this happen, how did it happen,
        how did this happen, what caused it, what caused this, underlying cause, technical analysis,
        analysis, fault, technical details, identified cause, proximate cause, what went wrong technically,
        root cause and trigger, fishbone, explanation, causes and conditions, underlying issue, the bug, why
        it happened, root causes and trigger, what was the cause, conclusions, factors, technical root
        cause, mitigators and contributing factors, why it wasn't caught, why wasn't it caught, why it
        failed, the technical problem
    """,
    "rejected": """
        rejected explanations, what it was not, red herrings, ruled out, hypotheses ruled out, dead ends,
        rejected hypotheses
    """,
    "remediation": """
        resolution, remediation, mitigation, how was it fixed, how we fixed it, fix, the fix, response, how
        did we fix it, corrective action taken, incident response, mitigation and resolution, resolution and
        mitigation, how was it resolved, solution, responders, remediation steps, how did we respond,
        mitigations, actions taken, steps taken, immediate fix, repair
    """,
    "recovery": """
        recovery, resolution and recovery, recovery steps, restoration, backfill, cleanup
    """,
    "testing": """
        testing implications, testing, test coverage, tests
    """,
    "monitoring": """
        monitoring changes, monitoring, observability, metrics, alerts
    """,
    "rollback": """
        rollback considerations, rollback, rollback plan, backout
    """,
    "governance": """
        governance and security, governance, security, compliance, security impact, privacy, legal,
        regulatory
    """,
    "lessons": """
        lessons learned, lessons, lessons learnt, learnings, key takeaways, takeaways, insights, what we
        learned, what did we learn, what have we learned, key learnings, lessons and learnings, reflections,
        retrospective, key lessons, findings, observations
    """,
    "actions": """
        action items, actions, action item, follow ups, followups, follow up, follow up actions, follow up
        items, next steps, preventative measures, preventive measures, prevention, remediations,
        actionables, corrective actions, corrective and preventative measures, corrective and preventive
        measures, remediation items, remediation items and follow ups, what we are doing about it, what
        we're doing about it, what are we doing about it, what we're doing to prevent it from happening
        again, how are we preventing it from happening again, how do we prevent this in the future, how will
        we prevent this, what will we do differently, future work, moving forward, going forward, immediate
        actions, short term actions, long term actions, short term improvements, medium term improvements,
        long term improvements, short term, long term, medium term, immediate, planned actions, planned
        improvements, improvements, corrective measures, todo, to do, to dos, tasks, tickets, related
        tickets, backlog check, remediation plan, remediation actions, preventing recurrence, what's next,
        what is next, next actions, improvement actions, action plan, preventive actions, preventative
        actions, future prevention, recommendations, what we will do, what we're changing, steps to prevent
        recurrence, jira issues, issues filed, action points
    """,
}
_TABLE: Final[dict[str, SectionName]] = {
    " ".join(name.split()): section for section, names in _NAMES.items() for name in names.split(",")
}
_NOISE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|[*_`#=:?!.✅❌🚨📅🔍]+|^\d+[.)]?\s+|https?://\S+")
_PREFIXES: Final = ("incident ", "our ", "the ", "outage ", "key ", "detailed ", "initial ", "full ")
_LEADS: Final[tuple[tuple[str, SectionName], ...]] = (
    ("timeline", "timeline"),
    ("root cause", "factors"),
    ("contributing", "factors"),
    ("action item", "actions"),
    ("immediate action", "actions"),
    ("planned action", "actions"),
    ("short-term improvement", "actions"),
    ("long-term improvement", "actions"),
    ("follow-up", "actions"),
    ("lessons learn", "lessons"),
    ("what went well", "went_well"),
    ("what went wrong", "went_wrong"),
    ("impact on ", "impact"),
    ("summary of ", "summary"),
)
_LONGEST: Final = 90


def normal(heading: str) -> str:
    """Return a heading in lower case without marks, brackets, numbering and addresses."""
    text = heading.replace("\u2019", "'").replace("\u2013", "-").replace("—", "-").replace("&", " and ")
    return " ".join(_NOISE.sub(" ", text.lower()).split()).strip(" -")


def section_of(heading: str) -> SectionName | None:
    """Return the section a heading means, or None where it is not one of a postmortem's.

    `normal` has taken what stands in brackets, so `Immediate actions (done)` is known too.
    """
    name = normal(heading)
    if not name or len(name) > _LONGEST:
        return None
    for candidate in (name, name.replace("-", " ")):
        if candidate in _TABLE:
            return _TABLE[candidate]
        for prefix in _PREFIXES:
            if candidate.startswith(prefix) and candidate[len(prefix) :] in _TABLE:
                return _TABLE[candidate[len(prefix) :]]
    return next((section for lead, section in _LEADS if name.startswith(lead)), None)
