from hardwon.domain.record import TYPES
from hardwon.exchange.schemas import FOLDER, write


def test_the_packaged_schemas_are_current(tmp_path):
    fresh = {path.name: path.read_text() for path in write(tmp_path)}
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == fresh
    assert set(fresh) == {f"{kind}.json" for kind in TYPES}


def test_a_schema_has_an_id_and_a_dialect(tmp_path):
    text = write(tmp_path)[0].read_text()
    assert '"$schema": "https://json-schema.org/draft/2020-12/schema"' in text
    assert '"$id": "urn:hardwon:schema:team:1-0-0"' in text
