"""The simulated world: one wing a domain, joined by the journey of a case."""
