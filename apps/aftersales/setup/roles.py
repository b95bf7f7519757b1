"""The roles that the app brings; they are made before the DocTypes that name them."""

# Role -> has it access to the Desk. R01-R21 of the mission.
POSITIONS = {
	"Aftersales Administrator": 1,
	"Service Manager": 1,
	"Knowledge Manager": 1,
	"Service Agent": 1,
	"Agent Team Leader": 1,
	"Department Head": 1,
	"Case Handler": 1,
	"Service Technician": 1,
	"Service Auditor": 1,
	"Market Salesperson": 1,
	"Regional Market Head": 1,
	"Sales Office": 1,
	"General Manager": 1,
	"Market Supervisor": 1,
	"Shop Staff": 1,
	"After-sales Supervisor": 1,
	"Shop Manager": 1,
	"Outlet Staff": 1,
	"Service Centre Staff": 1,
	"Branch Staff": 1,
	"Regional Centre Staff": 1,
	"Parts Planner": 1,
	"Parts Keeper": 1,
	"Finance Clerk": 1,
	"Front Desk": 1,
	"Workshop Controller": 1,
	"Warranty Clerk": 1,
	"Aftersales Bridge": 0,
	# R20: customers, dealers and their people. No DocType gives it a right; see aftersales.portal.
	"Aftersales Customer": 0,
}

# One right each, to be granted on its own beside any position (S7.53, in its order).
RIGHTS = {
	"May Rename Customer Groups": 1,
	"May Delete Customer Groups": 1,
	"May Change Customers": 1,
	"May Delete Customers": 1,
	"May Delete Calls": 1,
	"May Import and Export": 1,
	"May Delete Messages": 1,
	"May Change Messages": 1,
	"May Delete Records": 1,
	"May Change Records": 1,
	"May Keep Memos": 1,
	"May Set Parameters": 1,
	"May Handle Purchases": 1,
	"May Handle Service": 1,
	"May Handle Complaints": 1,
	"May Handle Follow-ups": 1,
	"May Audit": 1,
	"May Manage Spare Parts": 1,
	"May See Statistics": 1,
	"May Manage Points": 1,
}

# Rights beside the twenty: a recording holds more than the call log tells (S7.12).
MORE_RIGHTS = {"May Hear Recordings": 1}

ROLES = POSITIONS | RIGHTS | MORE_RIGHTS
