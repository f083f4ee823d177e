"""Generate load: requests, closed loop, open loop and event streams."""
