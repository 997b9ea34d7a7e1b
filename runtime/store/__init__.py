"""What is kept of calls, as long as the operator wants: in SQLite, or in PostgreSQL by URL."""
