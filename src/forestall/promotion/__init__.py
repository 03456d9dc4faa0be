"""Promotion: what a version must show before it becomes champion."""
