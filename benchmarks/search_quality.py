"""How well FAQs are found: recall@5 and MRR over the judged set of fixtures/search.

    make benchmark ARGS="search_quality --site aftersales.localhost"

Writes the corpus into the site without committing it, searches as an agent through the same function as the Desk, with
an index in a temporary folder, and takes everything back.
"""

import argparse
from collections import defaultdict

import frappe


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument(
		"--misses", action="store_true", help="print each search that found nothing expected first"
	)
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		report(arguments.misses)
	finally:
		frappe.db.rollback()


def report(with_misses: bool) -> None:
	from aftersales.testing import factories, judged
	from aftersales.testing.search import temporary_index

	size = judged.load_corpus()
	agent = factories.user_with("Service Agent", account="judging-agent")
	with temporary_index():
		frappe.set_user(agent)
		found = judged.judge()
		frappe.set_user("Administrator")
	groups = defaultdict(list)
	for judgement in found:
		groups[judgement.language].append(judgement)
	print(f"{size} answers, {len(found)} searches")
	print(f"{'':10}{'searches':>10}{'recall@5':>10}{'MRR':>8}")
	for name, rows in [*groups.items(), ("all", found)]:
		print(f"{name:10}{len(rows):10}{judged.recall(rows):10.3f}{judged.mean_reciprocal_rank(rows):8.3f}")
	for judgement in found if with_misses else []:
		if judgement.position != 1:
			print(f"{judgement.position or '-':>3}  {judgement.text}  →  {' | '.join(judgement.found[:3])}")


if __name__ == "__main__":
	main()
