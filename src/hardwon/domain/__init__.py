"""What things are and the rules they obey: frozen records and pure functions, without I/O or clock."""
