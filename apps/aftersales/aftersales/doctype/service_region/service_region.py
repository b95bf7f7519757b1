from aftersales.utils.tree import ServiceTree


class ServiceRegion(ServiceTree):
	nsm_parent_field = "parent_service_region"
