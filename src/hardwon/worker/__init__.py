"""Background work: the index, the audit tree and the inboxes follow what is written."""
