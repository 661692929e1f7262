"""From scenario files to a Plan; knows nothing of simulation."""
