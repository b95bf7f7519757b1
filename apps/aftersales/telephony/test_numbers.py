from frappe.tests.utils import FrappeTestCase

from aftersales.telephony.numbers import format_number, normalise, split_numbers


def cn(raw, area_code=""):
	return normalise(raw, "CN", area_code)


class TestSubscribers(FrappeTestCase):
	def assert_key(self, key, *written, region="CN", area_code="", kind=None):
		for raw in written:
			with self.subTest(raw=raw):
				number = normalise(raw, region, area_code)
				self.assertEqual((number.key, number.e164, number.valid), (key, key, True))
				self.assertEqual(number.presentation, "allowed")
				if kind:
					self.assertEqual(number.kind, kind)

	def test_chinese_mobile_in_every_notation(self):
		self.assert_key(
			"+8613812345678",
			"13812345678",
			"013812345678",
			"0086-138-1234-5678",
			"86 138 1234 5678",
			"8613812345678",
			"17951 138 1234 5678",
			"1795113812345678",
			"１３８１２３４５６７８",
			"+86 (138) 1234.5678",
			"138—1234—5678",
			"tel:+86-138-1234-5678",
			'"13812345678"',
			"sip:13812345678@10.0.0.1",
			"手机：13812345678",
			kind="mobile",
		)

	def test_chinese_landlines(self):
		self.assert_key("+861087654321", "01087654321", "010-8765-4321", "(010)87654321", kind="fixed")
		self.assert_key("+862161234567", "02161234567", "021 6123 4567")
		self.assert_key("+8675512345678", "075512345678", "0755-12345678")

	def test_local_number_gets_the_area_code_of_the_line(self):
		bare = cn("61234567")
		self.assertEqual((bare.key, bare.valid), ("raw:61234567", False))
		self.assertFalse(bare.certain)
		for area_code in ("021", "21"):
			number = cn("6123-4567", area_code)
			self.assertEqual((number.e164, number.assumed), ("+862161234567", True))
			self.assertFalse(number.certain)
		self.assertFalse(cn("02161234567", "0411").assumed)

	def test_shared_cost_and_toll_free_are_left_to_the_library(self):
		self.assert_key("+864008108888", "4008108888", "400-810-8888", kind="shared_cost")
		self.assert_key("+868008101234", "8008101234", kind="toll_free")

	def test_other_regions(self):
		self.assert_key("+85223456789", "23456789", region="HK")
		self.assert_key("+85328345678", "28345678", region="MO")
		self.assert_key("+886912345678", "0912345678", region="TW", kind="mobile")
		self.assert_key("+85221234567", "0085221234567", "+852 2123 4567")
		self.assert_key("+447911123456", "07911123456", region="GB")
		self.assert_key("+12125551234", "5551234", region="US", area_code="212")

	def test_tail_is_of_the_national_number(self):
		self.assertEqual(cn("13812345678").tail, "12345678")
		self.assertEqual(cn("61234567").tail, cn("021-61234567").tail)
		self.assertEqual((cn("95588").tail, cn("8001").tail), ("", ""))


class TestExtensions(FrappeTestCase):
	def test_every_way_to_write_an_extension(self):
		for tail in (
			" ext 8012",
			",8012",
			";ext=8012",
			"#8012",
			"-8012",
			"转8012",
			" 转 8012",
			"x8012",
			"转分机8012",
		):
			for tail_form in (tail, tail.upper()):
				with self.subTest(tail=tail_form):
					number = cn("02161234567" + tail_form)
					self.assertEqual((number.e164, number.extension), ("+862161234567", "8012"))
		self.assertEqual(cn("021-61234567 Ext. 8012").extension, "8012")

	def test_dashes_of_an_ordinary_number_are_no_extension(self):
		for raw in ("010-8765-4321", "138-1234-5678", "0411-8888-0000", "+86-138-1234-5678"):
			with self.subTest(raw=raw):
				self.assertEqual(cn(raw, "0411").extension, "")

	def test_extension_behind_a_local_number(self):
		number = cn("61234567-801", "021")
		self.assertEqual((number.e164, number.extension, number.assumed), ("+862161234567", "801", True))


class TestNotSubscribers(FrappeTestCase):
	def test_service_numbers_never_become_subscribers(self):
		for digits in (
			"110",
			"120",
			"114",
			"10086",
			"12345",
			"12306",
			"96123",
			"95588",
			"9551200001",
			"1065812345678",
		):
			for raw in (digits, f"+86{digits}", f"0086 {digits}"):
				with self.subTest(raw=raw):
					number = cn(raw)
					self.assertEqual(
						(number.key, number.kind, number.e164, number.valid),
						(f"short:{digits}", "service", "", False),
					)

	def test_services_of_another_region_come_from_the_library(self):
		self.assertEqual(normalise("999", "GB", "").key, "short:999")
		self.assertEqual(normalise("911", "US", "").kind, "service")

	def test_masked_numbers_are_refused(self):
		for raw in ("138****5678", "138＊＊＊＊5678", "04xxxxxxx7", "0207####123", "*17", "138x1234x678"):
			with self.subTest(raw=raw):
				number = cn(raw)
				self.assertEqual((number.kind, number.key, number.tail), ("masked", "", ""))
				self.assertTrue(number.raw)

	def test_withheld_and_unavailable(self):
		for raw, presentation in {
			"P": "restricted",
			"PRIVATE": "restricted",
			"anonymous": "restricted",
			"Withheld": "restricted",
			"匿名": "restricted",
			"O": "unavailable",
			"OUT-OF-AREA": "unavailable",
			"Out of Area": "unavailable",
			"No-CallerID": "unavailable",
			"0000000000": "unavailable",
			"": "unavailable",
			None: "unavailable",
			"  ": "unavailable",
		}.items():
			with self.subTest(raw=raw):
				number = cn(raw)
				self.assertEqual((number.presentation, number.key, number.valid), (presentation, "", False))

	def test_internal_extensions(self):
		for raw in ("8001", "801", "80", "800123"):
			self.assertEqual((cn(raw).key, cn(raw).kind), (f"ext:{raw}", "extension"))

	def test_what_fits_nothing_keeps_its_digits_for_a_maybe(self):
		for raw in ("179010087654321", "0571-8765432"):
			with self.subTest(raw=raw):
				number = cn(raw)
				self.assertEqual(number.key, "raw:" + raw.replace("-", ""))
				self.assertEqual(number.kind, "unknown")
				self.assertFalse(number.certain)

	def test_rubbish_is_survived(self):
		for raw in (
			"\x00\x10\x13",
			"<script>",
			"😀" * 500,
			"1" * 5000,
			"ZHANG SAN",
			"++86",
			"(",
			"-",
			"转",
			"x",
			"#12",
			",,,,1",
		):
			with self.subTest(raw=raw[:12]):
				number = cn(raw)
				self.assertLessEqual(len(number.raw), 64)
				self.assertFalse(number.valid)


class TestFormat(FrappeTestCase):
	def test_national_at_home_and_international_abroad(self):
		self.assertEqual(format_number("13812345678", "CN"), "138 1234 5678")
		self.assertEqual(format_number("01087654321", "CN"), "010 8765 4321")
		self.assertEqual(format_number("0085221234567", "CN"), "+852 2123 4567")
		self.assertEqual(format_number(cn("13812345678"), "US"), "+86 138 1234 5678")

	def test_what_is_shown_can_be_read_again(self):
		for raw in ("13812345678", "021-61234567转8012", "010-8765-4321", "+852 2123 4567", "95588", "8001"):
			with self.subTest(raw=raw):
				number = cn(raw)
				again = cn(format_number(number, "CN"))
				self.assertEqual((again.key, again.extension), (number.key, number.extension))

	def test_extension_service_and_unknown(self):
		self.assertEqual(format_number("02161234567转8012", "CN"), "021 6123 4567-8012")
		self.assertEqual(format_number("95588", "CN"), "95588")
		self.assertEqual(format_number("138****5678", "CN"), "138****5678")
		self.assertEqual(format_number("P", "CN"), "")
		self.assertEqual(format_number(None, "CN"), "")


class TestSplit(FrappeTestCase):
	def test_several_numbers_in_one_field(self):
		self.assertEqual(
			split_numbers("0411-88880000 / 13812345678、13900000000；8001"),
			["0411-88880000", "13812345678", "13900000000", "8001"],
		)
		self.assertEqual(split_numbers("021-61234567,8012"), ["021-61234567,8012"])
		self.assertEqual(split_numbers("021-61234567;ext=8012"), ["021-61234567;ext=8012"])
		self.assertEqual(split_numbers("13812345678，13900000000"), ["13812345678", "13900000000"])
		self.assertEqual(split_numbers(None), [])
