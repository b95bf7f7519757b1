from frappe.utils.nestedset import NestedSet


class ServiceRegion(NestedSet):
	nsm_parent_field = "parent_service_region"
