"""The customer portal: everything that visitors, customers and dealers reach, below /service (S2.13, S4.03, S4.05, R20).

`pages` answers the requests, `scope` says who sees what, `guard` closes Frappe's general doors for portal users. The role
of portal users has no right on any DocType: all that they see and do goes through this package.
"""

ROLE = "Aftersales Customer"
TICKET = "Service Ticket"
