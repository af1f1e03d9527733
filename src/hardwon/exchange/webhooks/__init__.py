"""Webhooks in: one file for each system that reports, and one verifier for how they sign."""
