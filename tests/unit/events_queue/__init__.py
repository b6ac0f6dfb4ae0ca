"""Order and bounds of events."""
