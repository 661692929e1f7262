"""Decision rules: frozen specs with pure functions, no clock."""
