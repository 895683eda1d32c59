from __future__ import annotations
from dataclasses import dataclass
from typing import Any
from .schedules import write_out
from .trace import Trace

@dataclass(frozen=True, repr=False)
class Result:
    verdict: str
    schedules: int
    schedule: str
    races: tuple[Any, ...]
    trace: Trace | None
    text: str
    @property
    def failed(self) -> bool:
        return self.verdict not in ("exhausted", "budget spent", "passed")
    def __repr__(self): return self.text

def make_result(exploration, verdict, run, recorder, exhausted):
    schedule = write_out(tuple(run.choices), recorder.checksum) if run else ""
    trace = recorder.trace(run, f"{verdict}: {run.error!r}") if run else None
    text = f"{verdict} after {exploration.schedules} (+{exploration.simplified}) {schedule}\n"
    if trace:
        for s in trace.steps: text += f"{'!' if s.preempted else ' '}{s.thread:10} {s.where:18} {s.line:40} {'; '.join(s.what)}  | {dict(s.state)}\n"
        text += trace.ending
    return Result(verdict, exploration.schedules, schedule, tuple(exploration.races.values()), trace, text)
