"""How fast FAQs are searched: fills a site with synthetic ones, measures `search_faqs` in process, removes them again.

    make benchmark ARGS="faq_search --site aftersales.localhost --rows 100000"

The entries are made of few words, so that each query word stands in many of them: harder than real text. The index is
a temporary one; the site's own is not touched. Printed are milliseconds for the whole call as an agent makes it: rights,
index, ten hits read from the database with the agent's permissions, pictures, marks.
"""

import argparse
import contextlib
import random
import statistics
import time

import frappe

CATEGORY = "Benchmark FAQs"
CHINESE = (
	"冰箱 空调 洗衣机 净水器 电饭煲 微波炉 风扇 热水器 加湿器 吸尘器 不制冷 漏水 噪音 异味 跳闸 不通电 不启动 显示 故障 代码 "
	"温度 传感器 滤芯 更换 清洗 排水 接头 密封 电机 压缩机 主板 遥控器 保修 发票 上门 维修 安装 调试 试剂 引物 模板 扩增 条带 "
	"反应 酶 缓冲液 保存 冻融 污染 对照 浓度 产量 质粒 提取 电泳 染料 曲线 信号 荧光 探针"
).split()
ENGLISH = (
	"fridge cooling leak noise smell filter replace reset error display motor sensor warranty invoice install primer template "
	"band buffer enzyme storage contamination control plasmid yield gel stain probe signal curve"
).split()
QUERIES = (
	("one word", lambda r: r.choice(CHINESE)),
	("two words", lambda r: f"{r.choice(CHINESE)} {r.choice(CHINESE)}"),
	("sentence", lambda r: "".join(r.sample(CHINESE, 4)) + "怎么办"),
	("English, last word begun", lambda r: f"{r.choice(ENGLISH)} {r.choice(ENGLISH)[:3]}"),
	("typing mistake", lambda r: swap(r.choice([word for word in ENGLISH if len(word) > 5]), r)),
	("product code", lambda r: f"BM-{r.randrange(2000):05}"),
	("nothing typed", lambda r: ""),
)


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--site", required=True)
	parser.add_argument("--rows", type=int, default=100_000)
	parser.add_argument("--calls", type=int, default=200, help="calls per kind of query")
	arguments = parser.parse_args()
	frappe.init(arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		agent = prepare(arguments.rows)
		measure(agent, arguments.calls)
	finally:
		frappe.set_user("Administrator")
		clean_up()


def prepare(rows: int) -> str:
	"""Make an agent and the entries, committed; returns the agent."""
	from aftersales.testing import factories

	clean_up()
	factories.make_faq_category(category_name=CATEGORY)
	agent = factories.make_user("Service Agent", email="faq-benchmark@test.example").name
	r = random.Random(7)
	fields = [
		"name",
		"creation",
		"modified",
		"owner",
		"modified_by",
		"question",
		"answer",
		"keywords",
		"product_codes",
	]
	fields += ["faq_category", "audience", "published", "published_on", "status", "used_count"]
	now = frappe.utils.now()
	values = (
		(
			f"BM-FAQ-{i:07}",
			*(now, now, "Administrator", "Administrator"),
			*(text(r, 5, 9), f"<p>{text(r, 25, 70)}</p>", text(r, 1, 4), f"BM-{r.randrange(2000):05}"),
			*(CATEGORY, r.choice(("Internal", "Customers", "Public"))),
			*(int(r.random() < 0.95), now, "Published", r.randrange(50)),
		)
		for i in range(rows)
	)
	frappe.db.bulk_insert("FAQ", fields, list(values), chunk_size=5_000)
	frappe.db.commit()
	return agent


def text(r: random.Random, least: int, most: int) -> str:
	words = r.choices(CHINESE, k=r.randint(least, most))
	return "".join(words) + " " + " ".join(r.choices(ENGLISH, k=max(1, len(words) // 5)))


def swap(word: str, r: random.Random) -> str:
	at = r.randrange(1, len(word) - 2)
	return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def measure(agent: str, calls: int) -> None:
	from aftersales.knowledge.search import search_faqs
	from aftersales.testing.search import temporary_index

	began = time.perf_counter()
	with temporary_index() as index:
		size = sum(path.stat().st_size for path in index.generation().iterdir())
		print(f"index built in {time.perf_counter() - began:.1f} s, {size / 1e6:.0f} MB")
		print(f"{'':28}{'p50':>8}{'p95':>8}{'max':>8}  ms")
		frappe.set_user(agent)
		for label, make in QUERIES:
			r = random.Random(1)
			search_faqs(make(r))
			times = []
			for _call in range(calls):
				query = make(r)
				start = time.perf_counter()
				search_faqs(query)
				times.append((time.perf_counter() - start) * 1000)
			cuts = statistics.quantiles(times, n=20)
			print(f"{label:28}{cuts[9]:8.1f}{cuts[18]:8.1f}{max(times):8.1f}")
		frappe.set_user("Administrator")
		name = frappe.get_all("FAQ", filters={"faq_category": CATEGORY}, pluck="name", limit=1)[0]
		frappe.db.set_value("FAQ", name, "question", "霹雳火")
		start = time.perf_counter()
		index.refresh([name])
		print(f"one changed entry indexed in {(time.perf_counter() - start) * 1000:.0f} ms")
		frappe.db.rollback()


def clean_up() -> None:
	frappe.db.delete("FAQ", {"faq_category": CATEGORY})
	for doctype, name in (("FAQ Category", CATEGORY), ("User", "faq-benchmark@test.example")):
		with contextlib.suppress(frappe.DoesNotExistError):
			frappe.delete_doc(doctype, name, force=True, delete_permanently=True, ignore_missing=True)
	frappe.db.commit()


if __name__ == "__main__":
	main()
