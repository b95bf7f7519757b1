from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import make_customer_group
from aftersales.testing.tree_cases import TreeCases


class TestServiceCustomerGroup(TreeCases, FrappeTestCase):
	doctype = "Service Customer Group"
	title_field = "group_name"
	root = "All Groups"
	make = staticmethod(make_customer_group)
