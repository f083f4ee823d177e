"""Exchanges between clients and servers that are only observed: read them, and judge them."""

from .judge import REQUEST, RESPONSE, Breach, Judgement, TrafficJudge, traffic_judge

__all__ = ["REQUEST", "RESPONSE", "Breach", "Judgement", "TrafficJudge", "traffic_judge"]
