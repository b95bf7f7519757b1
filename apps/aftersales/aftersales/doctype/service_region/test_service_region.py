from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import make_region
from aftersales.testing.tree_cases import TreeCases


class TestServiceRegion(TreeCases, FrappeTestCase):
	doctype = "Service Region"
	title_field = "region_name"
	root = "All Regions"
	make = staticmethod(make_region)
