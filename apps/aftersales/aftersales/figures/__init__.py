"""Daily figures: what is counted per day, kept so that a chart of a year reads some hundred rows and not a million documents.

`measures` declares what is counted. A change of a document leaves a mark for its day (`marks`), in the transaction of the
change itself; once a minute the marked days are counted anew, one statement for each breakdown (`compute`). Who may see which
figures is decided in `reading`, which counts the documents themselves for people who may not see all of them. Cards and charts
of the Desk ask `desk`.
"""
