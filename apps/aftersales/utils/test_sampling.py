import hashlib
import itertools
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.utils.sampling import METHODS, SamplingError, draw

names_st = st.lists(st.text(min_size=1, max_size=4), max_size=30, unique=True)
seed_st = st.text(max_size=12)
chance_st = st.sampled_from([("Percentage", 12.5), ("Count", 7), ("Every Nth", 4)])


def numbered(count):
	return [f"ST-{index:04}" for index in range(1, count + 1)]


class TestSampling(unittest.TestCase):
	@given(names_st, chance_st, seed_st)
	@settings(max_examples=40, deadline=None)
	def test_sample_is_part_of_the_population_and_repeats(self, names, chance, seed):
		sample = draw(names, *chance, seed)
		self.assertEqual(sample, [name for name in names if name in set(sample)])
		self.assertEqual(sample, draw(tuple(names), *chance, seed))
		self.assertEqual(bool(sample), bool(names))

	@given(names_st, st.integers(1, 70), seed_st)
	@settings(max_examples=40, deadline=None)
	def test_count(self, names, count, seed):
		sample = draw(names, "Count", count, seed)
		self.assertEqual(len(sample), min(count, len(names)))
		self.assertLessEqual(set(sample), set(draw(names, "Count", count + 1, seed)))

	@given(names_st, st.integers(1, 70), seed_st)
	@settings(max_examples=40, deadline=None)
	def test_every_nth_keeps_its_distance(self, names, step, seed):
		places = [names.index(name) for name in draw(names, "Every Nth", step, seed)]
		self.assertEqual({b - a for a, b in itertools.pairwise(places)} - {step}, set())
		if names:
			self.assertLess(places[0], step)
			self.assertLess(len(names) - 1 - places[-1], step)

	@given(st.integers(0, 120), st.integers(1, 100))
	@settings(max_examples=40, deadline=None)
	def test_percentage_rounds_up(self, population, percentage):
		sample = draw(numbered(population), "Percentage", percentage, "x")
		self.assertEqual(len(sample), -(-population * percentage // 100))

	@given(st.dictionaries(st.text(min_size=1, max_size=5), st.sampled_from(["a", "b", None, ""])), seed_st)
	@settings(max_examples=40, deadline=None)
	def test_each_person_is_checked(self, persons, seed):
		sample = draw(list(persons), "Random by Person", 2, seed, persons)
		for person in ("a", "b", ""):
			of_person = [name for name in persons if (persons[name] or "") == person]
			self.assertEqual(len(set(of_person) & set(sample)), min(2, len(of_person)))
		self.assertEqual(sample, draw(list(persons), "Random by Person", 2, seed, persons.get))

	def test_percentage_without_float_noise(self):
		self.assertEqual(len(draw(numbered(30), "Percentage", 10.0, "x")), 3)
		self.assertEqual(len(draw(numbered(1000), "Percentage", 0.1, "x")), 1)
		self.assertEqual(len(draw(numbered(3), "Percentage", 0.1, "x")), 1)

	def test_order_of_the_names_does_not_matter_where_chance_decides(self):
		names = numbered(50)
		self.assertEqual(draw(names, "Count", 9, "s"), draw(names[::-1], "Count", 9, "s")[::-1])

	def test_seed_matters(self):
		names = numbered(200)
		samples = {tuple(draw(names, "Count", 5, f"seed {index}")) for index in range(20)}
		self.assertGreater(len(samples), 15)

	def test_sample_can_be_checked_with_other_tools(self):
		names = numbered(40)
		ranked = sorted(names, key=lambda name: hashlib.sha256(f"2026\n{name}".encode()).hexdigest())
		self.assertEqual(draw(names, "Count", 4, "2026"), sorted(ranked[:4]))

	def test_pinned(self):
		"""A change of the algorithm would make kept draws unrepeatable."""
		self.assertEqual(draw(numbered(20), "Count", 3, "2026-W47"), ["ST-0003", "ST-0012", "ST-0020"])
		self.assertEqual(draw(numbered(20), "Every Nth", 6, "2026-W47"), ["ST-0004", "ST-0010", "ST-0016"])

	def test_doubled_name_counts_once(self):
		self.assertEqual(draw(["a", "b", "a"], "All", 0, ""), ["a", "b"])
		self.assertEqual(len(draw(["a", "b", "a"], "Count", 3, "")), 2)

	def test_nothing_to_draw_from(self):
		for method in METHODS:
			self.assertEqual(draw([], method, 5, "s", {}), [])

	def test_refused(self):
		for method, size in (
			("Every Nth", 0),
			("Every Nth", 2.5),
			("Count", -1),
			("Count", float("nan")),
			("Count", "many"),
			("Percentage", 0),
			("Percentage", 100.5),
			("Percentage", float("inf")),
			("Random by Person", 1),
			("Guess", 1),
		):
			with self.subTest(method=method, size=size), self.assertRaises(SamplingError):
				draw(["a"], method, size, "s")
