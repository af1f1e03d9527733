"""The weights of the risk score, in log-odds. Written by `python -m bench.risk_fit`.

Fitted on the public history of wikimedia/operations-mediawiki-config (commit 349dc0945240): changes
of June 2012 to December 2016 and which of them were reverted by then. Figures only; no text of it is
kept. Those of `BY_HAND` were set by judgement, for that history does not show them.
"""

from __future__ import annotations

from typing import Final

REVISION: Final = 1
CONSTANT: Final = -0.3231
FITTED: Final[dict[str, float]] = {
    "burst_hour": -0.0341,
    "failed_day": 0.0429,
    "failed_week": -0.0874,
    "file_failed_day": 0.0811,
    "gap": 0.0346,
    "in_haste": 0.1047,
    "lead": -0.0030,
    "max_file": 0.2728,
    "max_first": 0.3029,
    "max_folder": 0.0128,
    "max_pair": 0.0940,
    "max_service": 0.1937,
    "max_step": -0.0742,
    "max_word": 0.1220,
    "mean_file": -0.0091,
    "mean_first": 0.0925,
    "mean_folder": -0.0347,
    "mean_pair": 0.1954,
    "mean_service": 0.0105,
    "mean_step": 0.0679,
    "mean_word": 0.0396,
    "night": 0.0052,
    "no_ticket": 0.0912,
    "rehearsal": -0.2242,
    "says_add": -0.0463,
    "says_all": 0.4241,
    "says_bump": -0.6254,
    "says_cache": 0.0663,
    "says_clean": -0.3688,
    "says_comment": -0.5048,
    "says_config": 0.1321,
    "says_default": -0.1747,
    "says_deploy": -0.0270,
    "says_disable": 0.2072,
    "says_doc": -0.4573,
    "says_enable": -0.0288,
    "says_experiment": 0.1961,
    "says_fix": -0.0986,
    "says_for_now": 1.0338,
    "says_increase": -0.1270,
    "says_limit": 0.1580,
    "says_logging": 0.0209,
    "says_migrat": 0.1915,
    "says_move": -0.0755,
    "says_new": 0.1146,
    "says_permission": -0.4456,
    "says_read": 0.0939,
    "says_remove": -0.1331,
    "says_renam": 0.0386,
    "says_sampl": 0.1130,
    "says_set": 0.1511,
    "says_switch": 0.3418,
    "says_temp": 0.7741,
    "says_test": 0.2963,
    "says_throttle": -0.7054,
    "says_try": 0.5477,
    "says_typo": -0.7465,
    "says_update": -0.2068,
    "says_use": 0.2761,
    "says_write": 0.6596,
    "second_try": 0.3317,
    "size": 0.0569,
    "takes_back": 0.4895,
    "title_failed": -0.0971,
    "title_new": 0.0210,
    "title_seen": -0.2199,
}
BY_HAND: Final[dict[str, float]] = {
    "open_action": 0.1,
    "open_incident": 0.2,
    "unproven_runbook": 0.05,
    "alike": 0.1,
    "new_version": 0.1,
    "frozen": 0.3,
}
USUAL: Final[dict[str, float]] = {
    "burst_hour": 0.6236,
    "gap": 3.8329,
    "lead": 3.1422,
    "size": 0.8733,
}
WEIGHTS: Final[dict[str, float]] = {**FITTED, **BY_HAND}
