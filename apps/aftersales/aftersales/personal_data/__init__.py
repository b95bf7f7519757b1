"""Personal data of a customer: handing it out and deleting it, on request (S6.05).

`scope` says what belongs to a customer, read from the meta; `export` packs it; `erase` makes it anonymous; `requests`
is what people may do, in the background, with a log.
"""
