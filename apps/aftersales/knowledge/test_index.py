"""The index with several processes, crashes and changes behind its back. These tests commit and clean up after."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from aftersales.knowledge import query, upkeep
from aftersales.knowledge.faqs import KIND
from aftersales.knowledge.index import IndexBusy, IndexUnavailable, SearchIndex
from aftersales.testing import factories

WORD = "霹雳火"
COUNT = 60


class TestIndex(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.category = factories.make_faq_category().name
		cls.insert_entries(COUNT)
		frappe.db.commit()

	@classmethod
	def tearDownClass(cls):
		frappe.db.rollback()
		frappe.db.delete("FAQ", {"faq_category": cls.category})
		frappe.db.delete(
			"Deleted Document", {"deleted_doctype": "FAQ", "data": ("like", f"%{cls.category}%")}
		)
		frappe.delete_doc("FAQ Category", cls.category, delete_permanently=True)
		frappe.db.commit()
		super().tearDownClass()

	@classmethod
	def insert_entries(cls, count):
		"""Written as one statement, as an import into the database would be, all with the same time."""
		now = frappe.utils.now()
		fields = ["name", "question", "creation", "modified", "owner", "modified_by", "answer"]
		fields += ["faq_category", "audience", "published", "published_on", "status"]
		common = ("Administrator", "Administrator", "<p>-</p>", cls.category, "Public", 1, now, "Published")
		rows = [(f"{cls.category}-{i:05}", f"{WORD} {i}", now, now, *common) for i in range(count)]
		frappe.db.bulk_insert("FAQ", fields, rows)

	def setUp(self):
		self.folder = tempfile.TemporaryDirectory()
		self.addCleanup(self.folder.cleanup)
		self.root = Path(self.folder.name) / "index"
		self.index = SearchIndex(KIND, self.root)
		self.index.rebuild()

	def count(self, word=WORD):
		searcher = self.index.searcher()
		wanted = query.build(query.read(word), [query.has_filter("faq_category", [self.category])], searcher)
		return self.index.search(wanted, 1)[1]

	def process(self, code):
		"""Start a process of its own with the site and the same index folder."""
		start = f"""
			import os, signal
			import frappe
			frappe.init({frappe.local.site!r}, sites_path={os.path.abspath(frappe.local.sites_path)!r})
			frappe.connect()
			from aftersales.knowledge.faqs import KIND
			from aftersales.knowledge import index as module
			index = module.SearchIndex(KIND, {str(self.root)!r})
		"""
		script = textwrap.dedent(start) + textwrap.dedent(code)
		return subprocess.Popen(
			[sys.executable, "-c", script],
			cwd=frappe.local.sites_path,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
		)

	def finish(self, process, code=0):
		output, _ = process.communicate(timeout=180)
		self.assertEqual(process.returncode, code, output)

	def change(self, number, text):
		frappe.db.set_value("FAQ", f"{self.category}-{number:05}", "question", text)
		frappe.db.commit()

	def test_a_saved_entry_that_nobody_indexed_is_caught_up(self):
		"""As after a crash between the commit of the database and the job."""
		self.change(1, "吞吞吐吐")
		self.assertEqual(self.count("吞吞吐吐"), 0)
		self.index.catch_up()
		self.assertEqual((self.count("吞吞吐吐"), self.count()), (1, COUNT - 1))
		self.change(1, f"{WORD} 1")
		self.index.catch_up()
		self.assertEqual(self.count(), COUNT)

	def test_another_process_sees_what_was_written(self):
		self.change(2, "马马虎虎")
		self.finish(self.process("index.catch_up()"))
		self.assertEqual(self.count("马马虎虎"), 1)
		self.change(2, f"{WORD} 2")

	def test_a_transaction_that_commits_late_is_not_missed(self):
		"""Its `modified` lies before changes that the index has seen already."""
		name = f"{self.category}-00003"
		self.change(4, f"{WORD} 4")
		self.index.catch_up()
		earlier = frappe.utils.add_to_date(frappe.utils.now_datetime(), seconds=-30)
		frappe.db.set_value("FAQ", name, {"question": "姗姗来迟", "modified": earlier}, update_modified=False)
		frappe.db.commit()
		self.index.catch_up()
		self.assertEqual(self.count("姗姗来迟"), 1)
		self.change(3, f"{WORD} 3")

	def test_deleted_entries_leave(self):
		faq = factories.make_faq(question=f"{WORD} 要删除", faq_category=self.category)
		frappe.db.commit()
		self.index.catch_up()
		self.assertEqual(self.count(), COUNT + 1)
		frappe.delete_doc("FAQ", faq.name)
		frappe.db.commit()
		self.index.catch_up()
		self.assertEqual(self.count(), COUNT)

	def test_retired_entries_leave(self):
		faq = factories.make_faq(question=f"{WORD} 要停用", faq_category=self.category, state="Published")
		frappe.db.commit()
		self.index.catch_up()
		self.assertEqual(self.count(), COUNT + 1)
		factories.act(faq, "Retire")
		frappe.db.commit()
		self.index.catch_up()
		self.assertEqual(self.count(), COUNT)
		self.assertEqual(self.index.reconcile(), 0)
		frappe.delete_doc("FAQ", faq.name)
		frappe.db.commit()

	def test_reconcile_repairs_what_left_no_trace(self):
		"""Rows removed or changed by hand in the database."""
		name = f"{self.category}-00005"
		row = frappe.db.get_value("FAQ", name, "*", as_dict=True)
		frappe.db.delete("FAQ", {"name": name})
		frappe.db.sql("update `tabFAQ` set audience='Internal' where name=%s", f"{self.category}-00006")
		frappe.db.commit()
		self.assertEqual(self.index.catch_up(), 1)  # changed lately, so the audience is noticed at once
		self.assertEqual(self.count(), COUNT)
		self.assertEqual(self.index.reconcile(), 1)
		self.assertEqual(self.count(), COUNT - 1)
		self.assertEqual(self.index.reconcile(), 0)
		frappe.db.bulk_insert("FAQ", list(row), [tuple(row.values())])
		frappe.db.commit()

	def test_killed_while_it_builds(self):
		"""The old generation serves on; the half-built one is removed by the next."""
		before = self.index.generation()
		for victim in ("module.Writer.put", "module.SearchIndex._switch"):
			owner, name = victim.rsplit(".", 1)
			code = f"{owner}.{name} = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)\nindex.rebuild()"
			self.finish(self.process(code), -signal.SIGKILL)
			self.assertEqual((self.index.generation(), self.count()), (before, COUNT))
		self.assertTrue(self.index.rebuild())
		self.assertEqual(self.count(), COUNT)
		self.assertEqual(len([path for path in self.root.iterdir() if path.is_dir()]), 1)

	def test_killed_while_it_writes(self):
		"""Before the commit of a batch: nothing of it is there, its lock is free, the next one does it."""
		self.change(7, "雷雷大响")
		code = """
			module.Writer.__exit__ = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
			index.catch_up()
		"""
		self.finish(self.process(code), -signal.SIGKILL)
		self.assertEqual((self.count("雷雷大响"), self.count()), (0, COUNT))
		self.index.catch_up()
		self.assertEqual(self.count("雷雷大响"), 1)
		self.change(7, f"{WORD} 7")

	def test_killed_at_any_moment(self):
		"""A process that saves and indexes without end is killed somewhere; the next one brings what is missing."""
		code = f"""
			print("started", flush=True)
			while True:
				for number in range(20, 30):
					frappe.db.set_value("FAQ", f"{self.category}-{{number:05}}", "question", f"{WORD} 随时 {{number}}")
					frappe.db.commit()
					index.catch_up()
				index.rebuild()
		"""
		for delay in (0.02, 0.11, 0.23, 0.4):
			process = self.process(code)
			self.assertEqual(process.stdout.readline().strip(), "started")
			time.sleep(delay)
			process.kill()
			self.finish(process, -signal.SIGKILL)
			self.assertEqual(self.count(), COUNT)
		for number in range(20, 30):
			self.change(number, f"{WORD} 随时 {number}")
		self.index.catch_up()
		self.assertEqual((self.count(), self.count("随时")), (COUNT, 10))
		self.assertEqual(self.index.reconcile(), 0)

	def test_parallel_writers(self):
		"""Three processes save and index at the same time; everything is there and nothing is stale."""
		code = """
			for number in range({part}, 60, 3):
				frappe.db.set_value("FAQ", f"{category}-{{number:05}}", "question", f"{word} 并行 {{number}}")
				frappe.db.commit()
				index.catch_up(overlap=None if number % 2 else module.OVERLAP)
		"""
		code = textwrap.dedent(code)
		running = [
			self.process(code.format(part=part, category=self.category, word=WORD)) for part in range(3)
		]
		for process in running:
			self.finish(process)
		self.index.catch_up()
		self.assertEqual((self.count(), self.count("并行")), (COUNT, COUNT))
		self.assertEqual(self.index.reconcile(), 0)

	def test_a_rebuild_while_others_search_and_write(self):
		generation = self.index.generation()
		process = self.process("for _ in range(4):\n\tassert index.rebuild()")
		writes = 0
		while process.poll() is None:
			self.assertEqual(self.count(), COUNT)
			self.change(8, f"{WORD} 写入 {writes}")
			self.index.catch_up()
			writes += 1
			time.sleep(0.05)
		self.finish(process)
		self.assertNotEqual(self.index.generation(), generation)
		self.assertGreater(writes, 0)
		self.assertEqual((self.count(), self.count("写入")), (COUNT, 1))
		self.assertEqual(self.index.reconcile(), 0)

	def test_a_rebuild_ends_between_looking_up_and_opening(self):
		"""The generation that a reader has just found is gone when it opens it; it takes the new one."""
		self.assertEqual(self.count(), COUNT)
		self.change(8, f"{WORD} 8")
		self.index.catch_up()
		found = self.index.generation
		rebuilt = []

		def found_before_a_rebuild():
			generation = found()
			if not rebuilt:
				rebuilt.append(SearchIndex(KIND, self.root).rebuild())
			return generation

		with (
			patch.object(self.index, "generation", found_before_a_rebuild),
			patch.object(self.index, "_serving", SearchIndex(KIND, self.root)._serving),
		):
			self.assertEqual(self.count(), COUNT)
		self.assertEqual(rebuilt, [True])

	def test_one_rebuild_at_a_time_and_writers_wait(self):
		with self.index._lock("rebuild.lock"):
			self.assertFalse(SearchIndex(KIND, self.root).rebuild())
		with self.index._lock("write.lock"), self.assertRaises(IndexBusy):
			SearchIndex(KIND, self.root).refresh([f"{self.category}-00001"], wait=0.05)

	def test_a_missing_index_is_built_by_the_job(self):
		shutil.rmtree(self.root)
		with patch.object(
			upkeep, "folder_of", lambda kind: self.root if kind == "FAQ" else self.root.parent / kind
		):
			self.assertRaises(IndexUnavailable, self.index.searcher)
			upkeep.catch_up("FAQ")
			self.assertEqual(self.count(), COUNT)
			shutil.rmtree(self.root)
			upkeep.ensure_all()
			self.assertEqual(self.count(), COUNT)
			upkeep._indexes.pop(str(self.root), None)

	def test_a_search_catches_up_by_itself(self):
		"""Without any worker: what others saved is found by the first search after a few seconds."""
		with patch.object(
			upkeep, "folder_of", lambda kind: self.root if kind == "FAQ" else self.root.parent / kind
		):
			self.change(9, "自行补上")
			upkeep.make_current("FAQ")
			self.assertEqual(self.count("自行补上"), 1)
			self.change(9, "稍后补上")
			upkeep.make_current("FAQ")
			self.assertEqual(self.count("稍后补上"), 0)
			upkeep._checked[str(self.root)] -= upkeep.CHECK_SECONDS
			upkeep.make_current("FAQ")
			self.assertEqual(self.count("稍后补上"), 1)
			self.change(9, f"{WORD} 9")
			upkeep._indexes.pop(str(self.root), None)

	def test_the_author_finds_it_at_once(self):
		with patch.object(
			upkeep, "folder_of", lambda kind: self.root if kind == "FAQ" else self.root.parent / kind
		):
			upkeep.make_current("FAQ")
			faq = factories.make_faq(question="当场可见", faq_category=self.category)
			upkeep.make_current("FAQ")
			self.assertEqual(self.count("当场可见"), 1)
			frappe.db.rollback()
			self.index.refresh([faq.name])
			upkeep._indexes.pop(str(self.root), None)

	def test_more_than_a_search_should_do_is_left_to_a_job(self):
		with (
			patch.object(
				upkeep, "folder_of", lambda kind: self.root if kind == "FAQ" else self.root.parent / kind
			),
			patch.object(upkeep, "CHECK_BATCH", 10),
			patch.object(upkeep, "queue_catch_up") as queued,
		):
			frappe.db.sql(
				"update `tabFAQ` set question='改名 批量', modified=%s where faq_category=%s",
				(frappe.utils.now(), self.category),
			)
			frappe.db.commit()
			upkeep.make_current("FAQ")
			self.assertEqual(self.count("批量"), 10)
			queued.assert_called_once_with("FAQ")
			self.index.catch_up()
			self.assertEqual(self.count("批量"), COUNT)
			upkeep._indexes.pop(str(self.root), None)
		frappe.db.sql(
			"update `tabFAQ` set question=%s, modified=%s where faq_category=%s",
			(WORD, frappe.utils.now(), self.category),
		)
		frappe.db.commit()

	def test_renaming_reaches_the_index(self):
		faq = factories.make_faq(question="改名之前", faq_category=self.category)
		self.index.catch_up()
		with patch("aftersales.knowledge.upkeep.frappe.enqueue") as enqueue:
			frappe.rename_doc("FAQ", faq.name, new := f"{faq.name}-R", force=True)
		names = [call.kwargs["names"] for call in enqueue.call_args_list if "names" in call.kwargs]
		self.assertIn([faq.name, new], names)
		self.index.refresh([faq.name, new])
		self.assertEqual(set(self.index.signatures([faq.name, new])), {new})
		frappe.db.rollback()
