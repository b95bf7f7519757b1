from aftersales.utils.tree import ServiceTree


class PartCategory(ServiceTree):
	nsm_parent_field = "parent_part_category"
