"""What kind of thing a timeline entry tells of, guessed by its words."""

from __future__ import annotations

import re
from typing import Final

from hardwon.domain.timeline import EntryKind


def _words(*stems: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(stems) + ")", re.IGNORECASE)


_RULES: Final[tuple[tuple[EntryKind, re.Pattern[str]], ...]] = (
    ("mitigation", _words(r"partial\w* (?:recover\w*|restor\w*)", r"gradual\w*")),
    (
        "decision",
        _words(r"decid(?:e|ed|es)\b", r"decisions?\b", r"(?:we|they|team) agreed?\b", r"agrees? (?:to|that)"),
    ),
    (
        "resolution",
        _words(
            r"(?:fully|completely|all|full|service|services|site|everything)\b.{0,30}\b(?:restored|recovered"
            r"|recovers|"
            r"operational|healthy|back)",
            r"(?:incident|outage|issue|alert|problem)s? (?:is |was |are |were "
            r"|has been )?(?:fully )?(?:resolved|closed|over)",
            r"resolved\b",
            r"back (?:to normal|up|online|in service)",
            r"all[- ]clear",
            r"end of (?:the )?(?:incident|outage)",
            r"(?:outage|incident) ends?\b",
            r"returned to (?:normal|baseline)",
            r"service is available",
            r"traffic recovers",
            r"(?:is|are) back\b",
            r"icinga.{0,20}recover",
        ),
    ),
    (
        "communication",
        _words(
            r"status ?page",
            r"(?:posts(?!-)|posted|tweets?|tweeted|emails?|emailed|announc\w+|texts?|texted)\b",
            r"(?:customers?|users?|clients|stakeholders?) (?:were |was |are )?(?:notified|informed|told)",
            r"(?:customer )?communications?\b",
            r"(?:notif\w+|inform\w*) (?:the )?(?:customers?|users?|clients)",
            r"incident (?:was |is |formally )?declared",
            r"declared? (?:an? )?incident",
            r"declar\w+ retroactively",
        ),
    ),
    (
        "diagnosis",
        _words(
            r"root cause",
            r"investigat\w+",
            r"(?:team|engineers?|we|on-?call)\b.{0,20}\bidentif\w+",
            r"narrow\w* (?:it )?down",
            r"discovery\b",
            r"determin\w+",
            r"hypothes\w+",
            r"realiz\w+",
            r"realis\w+",
            r"confirmed (?:by|that|to)",
            r"debug\w*",
            r"(?:cause|reason|culprit) (?:is |was )?(?:found|identified|determined)",
            r"suspect\w*",
            r"track\w* (?:it )?down",
        ),
    ),
    (
        "detection",
        _words(
            r"alert(?:s|ed|ing)?\b",
            r"paged?\b",
            r"pages\b",
            r"pager",
            r"detect\w*",
            r"notic\w+",
            r"report(?:s|ed|ing)?\b",
            r"alarms?\b",
            r"icinga",
            r"nagios",
            r"monitoring (?:show|fire|trigger)\w*",
            r"complain\w*",
            r"(?:becomes?|became) aware",
            r"customers? (?:reach|contact|complain|inform)\w*",
            r"reached out",
            r"(?:support )?tickets? (?:is |was |were )?(?:opened|created|filed)",
            r"bug (?:was |is )?filed",
        ),
    ),
    (
        "mitigation",
        _words(
            r"roll(?:s|ed|ing)?[- ]?back",
            r"rollback",
            r"revert\w*",
            r"restart\w*",
            r"reboot\w*",
            r"disabl\w+",
            r"mitigat\w+",
            r"drain\w*",
            r"fail(?:s|ed|ing)?[- ]?over",
            r"failover",
            r"scal(?:e|es|ed|ing)\b",
            r"throttl\w+",
            r"power-?cycl\w*",
            r"(?:deploy\w*|ship\w*|releas\w*|push\w*|merg\w*|appl\w+)\b.{0,40}\b(?:fix\w*|patch\w*"
            r"|workaround)",
            r"hot-?fix\w*",
            r"fix(?:es|ed)?\b",
            r"depool\w*",
            r"repool\w*",
            r"increas\w+ (?:the )?(?:limit|capacity|memory|session|timeout)",
            r"block(?:s|ed|ing)\b",
            r"kill(?:s|ed)\b",
            r"recover\w*",
            r"restor\w+",
            r"enabl\w+ maintenance",
            r"turn\w* off",
            r"(?:a )?(?:new )?version .{0,30}\breleased\b",
            r"configuration changes deployed",
            r"paus(?:e|ed|es)\b",
        ),
    ),
    (
        "diagnosis",
        _words(
            r"identif\w+",
            r"confirm\w*",
            r"f(?:ind|inds|ound)\b",
            r"look(?:s|ed|ing)? (?:at|into)",
            r"check\w*",
            r"analys\w+",
            r"observ\w+",
        ),
    ),
)


def kind_of_entry(text: str) -> EntryKind:
    """Return the kind the entry's words speak of; `system` where none does."""
    head = text[:400]
    return next((kind for kind, pattern in _RULES if pattern.search(head)), "system")
