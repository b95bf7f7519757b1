from frappe.tests.utils import FrappeTestCase

from aftersales.testing.factories import make_product_category
from aftersales.testing.tree_cases import TreeCases


class TestProductCategory(TreeCases, FrappeTestCase):
	doctype = "Product Category"
	title_field = "category_name"
	root = "All Categories"
	make = staticmethod(make_product_category)
