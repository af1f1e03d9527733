-- How near harmless changes come to an alert: what the check's bar is measured by.

CREATE TABLE check_margins (
    deployment TEXT NOT NULL,
    at BIGINT NOT NULL,
    team TEXT NOT NULL,
    margin INTEGER NOT NULL,
    PRIMARY KEY (deployment)
);
CREATE INDEX check_margins_by_time ON check_margins (at, deployment);
CREATE INDEX check_margins_by_team ON check_margins (team, at, deployment);
