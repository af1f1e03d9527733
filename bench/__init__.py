"""Measurements of Hardwon, each beside a peer in the same run: `make bench`."""
