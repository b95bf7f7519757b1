from frappe.utils.nestedset import NestedSet

from aftersales.knowledge.faqs import reindex


class FAQCategory(NestedSet):
	nsm_parent_field = "parent_faq_category"

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		"""Frappe changes the links without touching the FAQs' own `modified`, so the index must be told."""
		super().after_rename(old, new, merge)
		reindex(faq_category=new)
