import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils.xlsxutils import make_xlsx

from aftersales.spare_parts import part_upload
from aftersales.spare_parts.part_upload import UploadError
from aftersales.testing import factories, parts
from aftersales.testing.field import staff_of


class TestPartUpload(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.outlet = parts.make_supplied_outlet()
		parts.make_part_warehouse()
		cls.user = staff_of(cls.outlet.name, "Outlet Staff")
		cls.one = parts.make_spare_part(price=10).name
		cls.two = parts.make_spare_part(bar_code=frappe.generate_hash(length=12)).name
		cls.gone = parts.make_spare_part(disabled=1).name

	def setUp(self):
		frappe.set_user(self.user)

	def tearDown(self):
		frappe.set_user("Administrator")

	def upload(self, content, name="order.csv", orderer=None):
		file = frappe.get_doc(doctype="File", file_name=name, content=content, is_private=1).insert()
		self.addCleanup(self.remove, file.name)
		return part_upload.upload(file.name, "Outlet", orderer or self.outlet.name)

	def remove(self, name):
		frappe.set_user("Administrator")
		frappe.delete_doc("File", name, force=True)

	def lines(self, answer):
		self.assertNotIn("problems", answer)
		doc = frappe.get_doc("Part Order", answer["order"])
		self.assertEqual((doc.stage, doc.outlet), ("Draft", self.outlet.name))
		return [(row.spare_part, row.qty, row.price) for row in doc.items]

	def problems(self, content):
		before = frappe.db.count("Part Order")
		answer = self.upload(content)
		self.assertEqual(frappe.db.count("Part Order"), before)
		self.assertNotIn("order", answer)
		return [(row["row"], row["problem"]) for row in answer["problems"]]

	def test_a_good_file(self):
		lines = self.lines(
			self.upload(f"Part No.,Quantity,Price,Remark\n{self.one},2,,urgent\n{self.two},1.5,7,\n")
		)
		self.assertEqual(lines, [(self.one, 2, 10), (self.two, 1.5, 7)])

	def test_files_from_china(self):
		text = f"备件编号;数量;单价\r\n{self.one};2;12.5\r\n"
		self.assertEqual(self.lines(self.upload(text.encode("gb18030"))), [(self.one, 2, 12.5)])
		self.assertEqual(self.lines(self.upload(text.encode("utf-8-sig"))), [(self.one, 2, 12.5)])

	def test_excel(self):
		code = parts_of_digits()
		rows = [["Part No.", "Qty"], [int(code), 3], [self.one.lower(), "1,200"], [None, None]]
		answer = self.upload(make_xlsx(rows, "Order").getvalue(), "order.xlsx")
		self.assertEqual(self.lines(answer), [(code, 3, 100), (self.one, 1200, 10)])

	def test_by_bar_code(self):
		code = frappe.db.get_value("Spare Part", self.two, "bar_code")
		self.assertEqual(self.lines(self.upload(f"Bar Code,Quantity\n{code},4\n")), [(self.two, 4, 100)])

	def test_bad_lines_are_told_one_by_one_and_nothing_is_made(self):
		found = self.problems(
			"Part No.,Quantity,Price\n"
			f"{self.one},2,\n\nnone-such,1,\n,3,\n{self.gone},1,\n{self.one},1,\n{self.two},two,\n{self.two},0,\n"
			f"{self.two},-1,\n{self.two},nan,\n{self.two},1,dear\n{self.two},1,-2\n"
		)
		self.assertEqual([row for row, _problem in found], [4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
		words = ("no such", "missing", "no longer", "row 2", "two", "0", "-1", "nan", "dear", "-2")
		for (_row, problem), word in zip(found, words, strict=True):
			self.assertIn(word, problem)

	def test_files_that_are_none(self):
		for content, name in (
			("", "order.csv"),
			("Part No.,Price\nA,1\n", "order.csv"),
			("Quantity,Price\n1,1\n", "order.csv"),
			("Part No.,Quantity\n", "order.csv"),
			("Part No.,Quantity\n", "order.txt"),
			(b"no zip archive", "order.xlsx"),
			(b"\xff\xfe\x81", "order.csv"),
		):
			self.assertRaises(UploadError, self.rows, name, content)
		many = "Part No.,Quantity\n" + f"{self.one},1\n" * (part_upload.MOST_ROWS + 1)
		self.assertRaises(UploadError, self.rows, "order.csv", many)

	def rows(self, name, content):
		content = content.encode() if isinstance(content, str) else content
		return part_upload.read_items(part_upload.rows_of(name, content))

	def test_parts_cost_two_statements(self):
		rows = [["Part No.", "Bar Code", "Quantity"], *([self.one, "none", 1] for _number in range(50))]
		part_upload.read_items(rows)
		with self.assertQueryCount(2):
			part_upload.read_items(rows)

	def test_who_may(self):
		file = frappe.get_doc(doctype="File", file_name="mine.csv", content="x", is_private=1).insert()
		self.addCleanup(self.remove, file.name)
		for user in ("Guest", factories.user_with("Service Agent")):
			frappe.set_user(user)
			self.assertRaises(
				frappe.PermissionError, part_upload.upload, file.name, "Outlet", self.outlet.name
			)
		# somebody else's private file says nothing
		frappe.set_user(factories.user_with("Parts Keeper"))
		self.assertRaises(frappe.PermissionError, part_upload.upload, file.name, "Outlet", self.outlet.name)

	def test_not_for_another_outlet(self):
		frappe.set_user("Administrator")
		other = parts.make_supplied_outlet().name
		frappe.set_user(self.user)
		self.assertRaises(
			frappe.PermissionError, self.upload, f"Part No.,Quantity\n{self.one},1\n", orderer=other
		)


def parts_of_digits() -> str:
	"""Return the number of a part that a sheet takes for a number."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	code = parts.make_spare_part(
		part_no=str(int(frappe.generate_hash(length=10), 16)).zfill(13)[-13:].replace("0", "1")
	).name
	frappe.set_user(user)
	return code
