from frappe.tests.utils import FrappeTestCase

from aftersales.testing.parts import make_part_category
from aftersales.testing.tree_cases import TreeCases


class TestPartCategory(TreeCases, FrappeTestCase):
	doctype = "Part Category"
	title_field = "category_name"
	root = "All Parts"
	make = staticmethod(make_part_category)
