"""Service Department: who heads it, and which departments stand above it."""

from aftersales.utils.tree import ServiceTree


class ServiceDepartment(ServiceTree):
	nsm_parent_field = "parent_service_department"
