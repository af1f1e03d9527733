"""The glossary a new workspace begins with: factor codes with their public counterparts, risk levels, words.

A crosswalk names a code of AVID's taxonomy (`P0101`), a term of VERIS (`error.Misconfiguration`) or a defect
type of Orthogonal Defect Classification (`Interface`). MITRE ATLAS techniques (`AML.T0020`) belong to what
somebody did on purpose.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hardwon.domain.term import TermAxis


class Word(NamedTuple):
    """A word as the glossary ships it. `same` are other words for it, `cross` are `SCHEME:code`."""

    word: str
    means: str
    same: tuple[str, ...] = ()
    cross: tuple[str, ...] = ()


FACTORS: Final = (
    Word("alert_muted", "An alert that would have fired was switched off.", ("silenced alert", "muted alert")),
    Word("bad_rollout", "A change reached everyone before its effect could be seen.",
         ("big bang release", "no canary"), ("ODC:Build/Package/Merge",)),
    Word("blast_radius", "One fault could reach far more than it needed to.", ("no isolation",)),
    Word("capacity", "Demand exceeded what was there to meet it.",
         ("overload", "saturation", "capacity shortage"), ("VERIS:error.Capacity shortage",)),
    Word("circular_dependency", "What was needed for the repair was down with the fault.",
         ("dependency loop",)),
    Word("code_defect", "The code did something other than was meant.",
         ("bug", "software defect"), ("VERIS:error.Programming error", "ODC:Algorithm")),
    Word("concept_drift", "The relation that a model learned no longer held.", ("model decay",), ("AVID:P0102",)),
    Word("config_error", "A setting was wrong, or right in the wrong place.",
         ("misconfiguration", "wrong setting"), ("VERIS:error.Misconfiguration",)),
    Word("data_drift", "The inputs no longer looked like those a model was trained on.",
         ("covariate shift", "input drift", "distribution shift"), ("AVID:P0101",)),
    Word("data_poisoning", "Somebody put data where a model would learn from them, on purpose.",
         ("poisoned data",), ("ATLAS:AML.T0020",)),
    Word("data_quality", "The data were wrong, missing or doubled.",
         ("bad data", "dirty data"), ("AVID:P0104",)),
    Word("dependency_failure", "Something that was called failed.", ("upstream failure",)),
    Word("eval_gap", "The tests did not measure what people experienced.",
         ("incomplete testing", "offline online gap")),
    Word("feature_pipeline_failure", "A job that computes features failed or fell behind.",
         ("feature job failure",), ("AVID:P0104",)),
    Word("feedback_loop", "What a model did changed the data it learned from next.",
         ("self reinforcing",), ("AVID:P0105",)),
    Word("hidden_coupling", "Two parts depended on each other and nobody knew.", ("hidden dependency",)),
    Word("label_leakage", "A model learned from what it cannot know in service.",
         ("target leakage",), ("AVID:P0104", "ODC:Algorithm")),
    Word("manual_operation", "A step by hand could do more than was intended.", ("operator slip", "fat finger")),
    Word("missing_limit", "Nothing bounded a size, an age, a rate or a range.",
         ("no limit", "unbounded"), ("ODC:Checking",)),
    Word("missing_monitoring", "No signal showed the harm.", ("blind spot", "no alert")),
    Word("no_freshness_signal", "Nothing showed how old the data were.", ("staleness unseen",)),
    Word("orphaned_promise", "An earlier action was agreed and nobody finished it.", ("open action item",)),
    Word("out_of_distribution", "A model was asked about what it never saw.", ("ood",), ("AVID:P0202",)),
    Word("power_or_hardware", "Machines, power or links failed.", ("hardware failure",)),
    Word("race_condition", "The result depended on which of two things came first.",
         ("data race",), ("ODC:Timing/Serialization",)),
    Word("resource_expiry", "A certificate, key, token or grace period ran out.",
         ("expired certificate", "expired token")),
    Word("retry_storm", "Retries or reconnections added the load that kept the fault alive.",
         ("thundering herd", "reconnect storm")),
    Word("silent_partial_failure", "A part failed and the whole reported success.",
         ("silent failure", "partial failure")),
    Word("stale_documentation", "The written procedure no longer matched the system.",
         ("outdated runbook",), ("ODC:Documentation",)),
    Word("time_handling", "Dates, zones or clocks were handled wrongly.", ("clock skew", "leap second")),
    Word("train_serve_skew", "A model saw other features in service than in training.",
         ("training serving skew",), ("AVID:P0100", "ODC:Interface")),
    Word("untested_recovery", "The way back had never been tried.", ("untested backup", "untested restore")),
    Word("upstream_schema_change", "A source changed the shape or meaning of its data.",
         ("schema drift", "breaking schema change"), ("ODC:Interface",)),
    Word("version_mismatch", "Two parts that must agree came from different versions.",
         ("version skew",), ("ODC:Build/Package/Merge",)),
)  # fmt: skip
RISKS: Final = (
    Word("critical", "Many people are hurt, or few badly; it cannot be undone by waiting."),
    Word("high", "A service fails people who rely on it, or a promise is broken."),
    Word("medium", "Some people notice; there is a way around."),
    Word("low", "Hardly anybody notices, or it mends itself."),
)
WORDS: Final = (
    Word(
        "postmortem",
        "The written review of one incident.",
        ("post-mortem", "retrospective", "incident review"),
    ),
    Word("near miss", "Something that would have hurt people, and did not.", ("close call",)),
    Word("roll back", "To bring the version before into service again.", ("rollback", "revert", "roll-back")),
    Word("canary", "A version that serves a small share of the traffic first.", ("canary release",)),
    Word("failover", "Another machine or place takes over.", ("fail over", "switchover")),
    Word("degradation", "It works, but slower, older or less than people rely on.", ("brownout",)),
    Word("outage", "It does not work at all.", ("downtime",)),
    Word("runbook", "Steps that an operator follows.", ("playbook",)),
    Word("on-call", "Who answers first, by day and by night.", ("on call", "pager duty")),
    Word("embedding", "A text, item or person as a list of numbers that a model compares.", ("vector",)),
    Word(
        "feature store",
        "Where features are computed and kept for training and service.",
        ("feature platform",),
    ),
    Word("staleness", "How old data are that should be fresh.", ("stale", "outdated")),
    Word("latency", "How long an answer takes.", ("response time",)),
    Word("backfill", "To compute again what was missed.", ("re-run", "catch-up job")),
)
SHIPPED: Final[tuple[tuple[TermAxis, tuple[Word, ...]], ...]] = (
    ("factor", FACTORS),
    ("risk", RISKS),
    ("word", WORDS),
)
