"""Past sessions: what a clinician looks at afterwards."""
