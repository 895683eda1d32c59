"""The race lab."""
from .exploring import detect, explore, replay
from .result import Result
__all__ = ["Result", "detect", "explore", "replay"]
