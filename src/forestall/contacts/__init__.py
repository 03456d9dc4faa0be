"""Contacts: whom to contact first, and which customers a person should think about."""
