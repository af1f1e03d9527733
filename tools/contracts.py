"""A contract type for import-linter: `protected`, for modules that need not exist yet."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import ContractCheck
from importlinter.contracts.protected import ProtectedContract


class ProtectedWherePresent(ProtectedContract):
    """Like `protected`; a listed module that does not stand yet is passed over, as `(name)` is in `layers`."""

    type_name = "protected_where_present"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 -- the signature is given
        """Check the modules of the list that exist."""
        for field in ("protected_modules", "allowed_importers"):
            listed = getattr(self, field)
            setattr(self, field, [module for module in listed if module.expression in graph.modules])
        return super().check(graph, verbose)
