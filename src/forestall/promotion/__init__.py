"""Promotion: the gate that a version must pass to become champion."""
