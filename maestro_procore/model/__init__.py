"""Decide: elements, mapping, matching, comparison, plan. Pure functions and tables; nothing here waits."""
