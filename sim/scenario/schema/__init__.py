"""Pydantic models of scenario files, one file a domain; `scenario.ScenarioSpec` is the whole."""
