"""What the stages of a Service Order mean for those who plan and do the work; states set them, see its workflow."""

# Nothing is done under this order any more.
OVER = ("Continued", "Completed", "Followed Up", "Audited", "Cancelled")
# The work was done as asked for.
DONE = ("Completed", "Followed Up", "Audited")
# Somebody can be sent, or is there.
TO_DO = ("Open", "Dispatched", "Received", "In Work", "Waiting")
