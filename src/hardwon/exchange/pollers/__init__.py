"""Asking other systems for what their webhooks lost: one file for each, found by entry point."""
