"""Assessment: everything that is asked of a model before anyone acts on it."""
