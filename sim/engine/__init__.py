"""Domain-free simulation parts: clock, recorder, gauges."""
