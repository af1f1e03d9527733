"""Reads: just the rows a list or page needs, visibility applied in SQL, keyset paging."""
