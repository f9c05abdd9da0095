"""The store: SQLite. Every SQL statement of the program lives here."""
