"""Placing calls: one at a time, and campaigns of many."""
