-- How the deployments of one service ended: rare ends are found without reading the others.

CREATE INDEX deployments_by_service_outcome ON deployments (service, outcome, at, id);
