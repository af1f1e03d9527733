"""What a person or a system can ask for: one verb per function, the only callers of the layers."""
