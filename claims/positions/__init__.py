"""What follows from the statements, one file an idea (DESIGN: what is derived, exactly)."""
