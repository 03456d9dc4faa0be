"""The effect of a contact, from an experiment in which chance decides who is contacted."""
