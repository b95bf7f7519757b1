from aftersales.utils.tree import ServiceTree


class PartWarehouse(ServiceTree):
	nsm_parent_field = "parent_part_warehouse"
