"""The forms of a visit's page, a file each."""
