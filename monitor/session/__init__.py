"""The infusion visit: what people did, and what follows from it. Pure."""
