"""The risk over HTTP: with the deployment, on its own, in the list and in the check's answer."""

from __future__ import annotations

PLACE = "/api/v1/deployments"


def ship(writer, title: str, outcome: str, day: int, **fields: object) -> dict:
    body = {"title": title, "outcome": outcome, "finished_at": f"2026-11-{day:02d}T10:00:00Z", **fields}
    answer = writer.post(PLACE, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_risk_is_kept_with_the_deployment(writer):
    first = ship(writer, "ranker 7", "failed", 10)
    assert first["risk"]["band"] == "unknown"
    assert first["risk"]["probability"] is None
    second = ship(writer, "ranker 8", "succeeded", 12)
    risk = second["risk"]
    assert risk["points"] == sum(factor["points"] for factor in risk["factors"])
    assert 0 < risk["probability"] < 1
    page = writer.get(f"{PLACE}/{second['id']}/risk").json()
    assert page["said"] == risk
    assert page["risk"]["known"] == 1
    words = next(f for f in page["risk"]["factors"] if f["text"] == "How often changes fail here")
    assert words["records"] == [first["id"]]
    assert writer.get(f"{PLACE}/DEP-0404/risk").status_code == 404


def test_the_list_shows_and_filters_by_band(writer):
    ship(writer, "ranker 7", "succeeded", 10)
    second = ship(writer, "ranker 8", "succeeded", 12)
    band = second["risk"]["band"]
    rows = writer.get(f"{PLACE}?risk={band}").json()["rows"]
    assert [(row["id"], row["risk"]) for row in rows] == [(second["id"], band)]
    assert writer.get(f"{PLACE}?risk=huge").status_code == 422


def test_the_checks_answer_carries_it(writer):
    ship(writer, "ranker 7", "failed", 10)
    answer = writer.post("/api/v1/check", json={"title": "ranker 8"}).json()
    assert answer["risk_known"] == 1
    assert answer["risk_points"] == sum(factor["points"] for factor in answer["risk_factors"])
    assert answer["risk_band"] in {"low", "medium", "high"}


def test_a_token_that_may_not_read_is_refused(client, issue, writer):
    named = ship(writer, "ranker 7", "failed", 10)["id"]
    client.headers.update(issue("ask"))
    assert client.get(f"{PLACE}/{named}/risk").status_code == 403
