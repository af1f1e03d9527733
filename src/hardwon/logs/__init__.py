"""Logs: one place that says how a line looks, and one that writes a line a request."""
