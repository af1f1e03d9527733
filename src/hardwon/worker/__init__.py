"""Background work: the index and the audit tree follow what is written."""
