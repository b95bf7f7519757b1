from aftersales.utils.tree import ServiceTree


class ProductCategory(ServiceTree):
	nsm_parent_field = "parent_product_category"
