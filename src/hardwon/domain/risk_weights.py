"""The weights of the risk score, in log-odds. Written by `python -m bench.risk_fit`.

Fitted on the public history of wikimedia/operations-mediawiki-config (commit 349dc0945240): changes
of June 2012 to December 2016 and which of them were reverted by then. Figures only; no text of it is
kept. Those of `BY_HAND` were set by judgement, for that history does not show them.
"""

from __future__ import annotations

from typing import Final

REVISION: Final = 1
CONSTANT: Final = -0.4842
FITTED: Final[dict[str, float]] = {
    "burst_hour": -0.0324,
    "failed_day": 0.0438,
    "failed_week": -0.0888,
    "file_failed_day": 0.1001,
    "gap": 0.0347,
    "in_haste": 0.1018,
    "lead": -0.0026,
    "max_file": 0.2734,
    "max_first": 0.3067,
    "max_folder": 0.0186,
    "max_pair": 0.0962,
    "max_service": 0.1922,
    "max_step": -0.0702,
    "max_title": -0.1037,
    "max_word": 0.1211,
    "mean_file": -0.0103,
    "mean_first": 0.0943,
    "mean_folder": -0.0344,
    "mean_pair": 0.2668,
    "mean_service": 0.0108,
    "mean_step": 0.0708,
    "mean_title": -0.1695,
    "mean_word": 0.0427,
    "night": 0.0064,
    "no_ticket": 0.0873,
    "rehearsal": -0.2192,
    "says_add": -0.0398,
    "says_all": 0.4284,
    "says_bump": -0.6156,
    "says_cache": 0.0674,
    "says_clean": -0.3667,
    "says_comment": -0.5023,
    "says_config": 0.1476,
    "says_default": -0.1683,
    "says_deploy": -0.0074,
    "says_disable": 0.2067,
    "says_doc": -0.4556,
    "says_enable": -0.0184,
    "says_experiment": 0.1982,
    "says_fix": -0.0918,
    "says_for_now": 1.0385,
    "says_increase": -0.1361,
    "says_limit": 0.1618,
    "says_logging": 0.0274,
    "says_migrat": 0.1923,
    "says_move": -0.0716,
    "says_new": 0.1291,
    "says_permission": -0.4431,
    "says_read": 0.0954,
    "says_remove": -0.1279,
    "says_renam": 0.0393,
    "says_sampl": 0.1207,
    "says_set": 0.1559,
    "says_switch": 0.3390,
    "says_temp": 0.7715,
    "says_test": 0.3013,
    "says_throttle": -0.6968,
    "says_try": 0.5355,
    "says_typo": -0.7419,
    "says_update": -0.1912,
    "says_use": 0.2828,
    "says_write": 0.6668,
    "second_try": 0.3332,
    "size": 0.0596,
    "takes_back": 0.4930,
    "title_failed": 0.0579,
    "title_new": 0.0202,
    "title_seen": -0.2380,
}
BY_HAND: Final[dict[str, float]] = {
    "open_action": 0.15,
    "open_incident": 0.3,
    "unproven_runbook": 0.1,
    "alike": 0.3,
    "new_version": 0.2,
    "frozen": 0.4,
}
WEIGHTS: Final[dict[str, float]] = {**FITTED, **BY_HAND}
