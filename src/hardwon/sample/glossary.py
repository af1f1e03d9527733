"""The factor codes the sample uses, and what each means."""

from __future__ import annotations

from typing import Final

FACTOR_CODES: Final[dict[str, str]] = {
    "alert_muted": "An alert that would have fired was switched off.",
    "bad_rollout": "A change reached everyone before its effect could be seen.",
    "blast_radius": "One fault could reach far more than it needed to.",
    "capacity": "Demand exceeded what was there to meet it.",
    "circular_dependency": "What was needed for the repair was down with the fault.",
    "code_defect": "The code did something other than was meant.",
    "concept_drift": "The relation that a model learned no longer held.",
    "config_error": "A setting was wrong, or right in the wrong place.",
    "data_drift": "The inputs no longer looked like those a model was trained on.",
    "data_quality": "The data were wrong, missing or doubled.",
    "dependency_failure": "Something that was called failed.",
    "eval_gap": "The tests did not measure what people experienced.",
    "feature_pipeline_failure": "A job that computes features failed or fell behind.",
    "hidden_coupling": "Two parts depended on each other and nobody knew.",
    "manual_operation": "A step by hand could do more than was intended.",
    "missing_limit": "Nothing bounded a size, an age, a rate or a range.",
    "missing_monitoring": "No signal showed the harm.",
    "no_freshness_signal": "Nothing showed how old the data were.",
    "orphaned_promise": "An earlier action was agreed and nobody finished it.",
    "power_or_hardware": "Machines, power or links failed.",
    "race_condition": "The result depended on which of two things came first.",
    "resource_expiry": "A certificate, key, token or grace period ran out.",
    "retry_storm": "Retries or reconnections added the load that kept the fault alive.",
    "silent_partial_failure": "A part failed and the whole reported success.",
    "stale_documentation": "The written procedure no longer matched the system.",
    "time_handling": "Dates, zones or clocks were handled wrongly.",
    "train_serve_skew": "A model saw other features in service than in training.",
    "untested_recovery": "The way back had never been tried.",
    "upstream_schema_change": "A source changed the shape or meaning of its data.",
    "version_mismatch": "Two parts that must agree came from different versions.",
}
