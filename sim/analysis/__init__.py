"""From the tables of a replication to measures, intervals, comparisons and verdicts."""
