"""Hardwon: what teams learn from their deployments, found and used before the next one fails."""
