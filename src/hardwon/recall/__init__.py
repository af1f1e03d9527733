"""The index over what is stored: words, meaning, likeness. Derived, rebuildable, never the truth."""
