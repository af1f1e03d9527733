import itertools

import pytest

from hardwon.exchange.importing import read


@pytest.fixture
def give(tmp_path):
    """Write files below a folder and read it; bytes stay bytes."""

    def run(files, mapping=None, **limits: int):
        from hardwon.exchange.draft import Limits

        folder = tmp_path / "reports"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read([folder], mapping or {}, limits=Limits(**limits)))

    return run


@pytest.fixture
def records():
    """All records of some readings, by type name."""

    def collect(files):
        drafts = itertools.chain.from_iterable(file.drafts for file in files)
        found = {}
        for draft in drafts:
            found.setdefault(type(draft.record).__name__, []).append(draft.record)
        return found

    return collect


@pytest.fixture
def problem_of():
    """The one problem of a reading that should have exactly one."""

    def one(files):
        problems = [problem for file in files for problem in file.problems]
        assert len(problems) == 1, problems
        assert problems[0].fix
        assert problems[0].reason
        return problems[0]

    return one
