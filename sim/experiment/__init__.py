"""Replications and studies: what is run, where, and how often."""
