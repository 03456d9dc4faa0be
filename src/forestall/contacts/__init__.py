"""Contacts: whom to contact first."""
