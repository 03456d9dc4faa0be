"""The data report of `forestall check`: one file per question, each with figures and findings."""
