from frappe.utils.nestedset import NestedSet


class ServiceCustomerGroup(NestedSet):
	nsm_parent_field = "parent_service_customer_group"
