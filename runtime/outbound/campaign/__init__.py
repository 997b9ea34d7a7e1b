"""Campaigns: many outgoing calls, durable, each number called as often as its plan says."""
