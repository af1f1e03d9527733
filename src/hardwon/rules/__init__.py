"""The teams' rules, written in CEL, over plain counts and fields."""
