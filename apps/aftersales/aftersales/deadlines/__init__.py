"""The deadline clock: what must be done until when, counted in working time.

Each open step of a document has one row in Service Deadline. A document never reckons itself: it starts, pauses, resumes and
finishes its steps here, and `deadlines.sweep` finds what is due and tells people.
"""

from aftersales.aftersales.deadlines.clock import (
	Step,
	cancel,
	change,
	current,
	finish,
	pause,
	reassign,
	resume,
	set_due,
	start,
	start_all,
	start_at,
)
from aftersales.aftersales.deadlines.rows import forget

__all__ = [
	"Step",
	"cancel",
	"change",
	"current",
	"finish",
	"forget",
	"pause",
	"reassign",
	"resume",
	"set_due",
	"start",
	"start_all",
	"start_at",
]
