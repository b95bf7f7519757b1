from aftersales.utils.tree import ServiceTree


class ServiceCustomerGroup(ServiceTree):
	nsm_parent_field = "parent_service_customer_group"
