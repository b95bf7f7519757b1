#!/usr/bin/env node
// Builds the assets of a bench's apps: what `bench build` does on a bench with a Frappe checkout,
// for a Frappe that came without its build driver.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Bench, readArguments, redisOptions, requireFrom, UsageError } from "./lib/bench.mjs";
import { BuildError, compile, findEntries } from "./lib/compile.mjs";
import * as files from "./lib/files.mjs";

const USAGE =
	"node build.mjs --bench DIR --modules NODE_MODULES_DIR [--apps a,b] [--dev] [--force] [--apart a,b]";
const HERE = path.dirname(fileURLToPath(import.meta.url));

/**
 * Options:
 *   --apps   which apps; all of sites/apps.txt when left out. The others keep their entries.
 *   --dev    readable code and source maps
 *   --force  builds also what has not changed since its last build
 *   --apart  apps whose folder must not be written to: their output goes into sites/assets
 */
async function main() {
	const options = readArguments(USAGE, {
		apps: { type: "string" },
		apart: { type: "string", default: "" },
		dev: { type: "boolean", default: false },
		force: { type: "boolean", default: false },
	});
	const bench = new Bench(options.bench);
	const list = (text) =>
		text
			.split(",")
			.map((name) => name.trim())
			.filter(Boolean);
	const apps = options.apps === undefined ? bench.apps : list(options.apps);
	const unknown = apps.filter((app) => !bench.apps.includes(app));
	if (unknown.length) throw new UsageError(`Not in sites/apps.txt: ${unknown.join(", ")}.`);

	const builder = new Builder(bench, { ...options, apart: list(options.apart) });
	const built = [];
	for (const app of apps) built.push(await builder.build(app));
	await files.withLock(path.join(bench.assets, ".build.lock"), () => {
		built.forEach((result) => builder.publish(result));
	});
	await clearCachedNames(bench, builder.require);
}

class Builder {
	constructor(bench, { modules, apart, dev, force }) {
		this.bench = bench;
		this.modules = modules;
		this.apart = apart;
		this.dev = dev;
		this.force = force;
		this.require = requireFrom(modules);
		this.roots = new Map(bench.apps.map((app) => [app, realPath(bench.root(app))]));
	}

	/** Compiles one app unless its last build still holds. Returns what `publish` takes. */
	async build(app) {
		const started = Date.now();
		this.link(app);
		const entries = findEntries(realPath(this.bench.public(app)));
		const dist = path.join(this.bench.assets, app, "dist");
		const former = files.readJson(path.join(dist, "manifest.json"), null);
		const stamp = this.stamp(app, entries);
		if (!this.force && this.stillHolds(former, stamp, dist)) {
			console.log(`${app}: nothing changed since the last build`);
			return { app, dist, manifest: former };
		}
		const nodePaths = [this.modules];
		for (const root of this.roots.values()) nodePaths.push(path.join(root, "node_modules"), root);
		const context = { ...this, nodePaths, root: this.roots.get(app) };
		const { assets, rtl, inputs, warnings, files: contents } = await compile(context, entries);
		// Frappe's own sources have warnings that nobody here can act on.
		if (warnings && app !== "frappe") console.warn(warnings);

		const manifest = { stamp, inputs: {}, files: [...contents.keys()], assets, rtl };
		for (const input of inputs) {
			const key = this.inputKey(input);
			if (key) manifest.inputs[key] = files.digestFile(input);
		}
		const size = [...contents.values()].reduce((sum, text) => sum + text.length, 0) / 1e6;
		const seconds = (Date.now() - started) / 1000;
		console.log(
			`${app}: ${entries.length} bundles, ${size.toFixed(1)} MB, ${seconds.toFixed(1)} s`,
		);
		return { app, dist, manifest, contents, former };
	}

	/** Shows the app's public folder, and the packages its pages load by address, under /assets. */
	link(app) {
		const source = this.bench.public(app);
		const shown = path.join(this.bench.assets, app);
		if (!fs.existsSync(source)) return;
		const own = path.join(this.roots.get(app), "node_modules");
		const modules = fs.existsSync(own) ? own : app === "frappe" ? this.modules : null;
		if (this.apart.includes(app)) {
			if (files.readLink(shown) !== null) fs.rmSync(shown);
			fs.mkdirSync(shown, { recursive: true });
			this.linkChildren(source, shown);
		} else {
			files.linkTo(source, shown);
		}
		if (modules) files.linkTo(modules, path.join(shown, "node_modules"));
	}

	linkChildren(source, shown) {
		const names = fs
			.readdirSync(source)
			.filter((name) => !["dist", "node_modules"].includes(name));
		for (const name of names) files.linkTo(path.join(source, name), path.join(shown, name));
		for (const name of fs.readdirSync(shown)) {
			const link = path.join(shown, name);
			if (!names.includes(name) && files.readLink(link) !== null) fs.rmSync(link);
		}
	}

	/** Everything besides the sources that decides what a build makes. */
	stamp(app, entries) {
		const programs = files.findFiles(HERE, (name) => name.endsWith(".mjs"), ["node_modules"]);
		return files.digest(
			this.dev ? "dev" : "production",
			...programs.map((file) => fs.readFileSync(file)),
			files.digestFile(path.join(this.modules, ".package-lock.json")) ?? "",
			...entries.map((file) => path.relative(this.roots.get(app), file)),
		);
	}

	stillHolds(manifest, stamp, dist) {
		return (
			manifest?.stamp === stamp &&
			manifest.files.every((name) => fs.existsSync(path.join(dist, name))) &&
			Object.entries(manifest.inputs).every(
				([key, hash]) => files.digestFile(this.inputPath(key)) === hash,
			)
		);
	}

	/** "app:path", the same wherever the bench lies; null for packages, which the stamp covers. */
	inputKey(file) {
		if (isInside(realPath(this.modules), file)) return null;
		for (const [app, root] of this.roots) {
			if (isInside(root, file)) return `${app}:${path.relative(root, file)}`;
		}
		return `:${file}`;
	}

	inputPath(key) {
		const [app] = key.split(":", 1);
		return path.join(this.roots.get(app) ?? "/", key.slice(app.length + 1));
	}

	/**
	 * Writes a finished build and then, as the last step that can be seen, its names. Files of the
	 * build before stay for pages that are still open or cached; older ones go.
	 */
	publish({ app, dist, manifest, contents, former }) {
		if (contents) {
			for (const [name, text] of contents) files.writeWhole(path.join(dist, name), text);
			files.writeWhole(path.join(dist, "manifest.json"), JSON.stringify(manifest));
		}
		this.mergeNames("assets.json", app, manifest.assets);
		this.mergeNames("assets-rtl.json", app, manifest.rtl);
		if (contents) this.clean(dist, manifest, former);
	}

	clean(dist, manifest, former) {
		const kept = new Set([...manifest.files, ...(former?.files ?? [])]);
		for (const folder of ["js", "css", "css-rtl"]) {
			const full = path.join(dist, folder);
			for (const name of fs.existsSync(full) ? fs.readdirSync(full) : []) {
				if (!kept.has(`${folder}/${name}`)) fs.rmSync(path.join(full, name));
			}
		}
	}

	mergeNames(file, app, assets) {
		const full = path.join(this.bench.assets, file);
		const former = files.readJson(full, {});
		const start = `/assets/${app}/`;
		const merged = Object.fromEntries(
			Object.entries(former).filter(([, address]) => !address.startsWith(start)),
		);
		for (const [name, file] of Object.entries(assets)) merged[name] = `${start}dist/${file}`;
		const text = JSON.stringify(merged, Object.keys(merged).sort(), 4);
		// Frappe takes the file's time for the version of all assets: no new time without a change.
		if (text !== JSON.stringify(former, Object.keys(former).sort(), 4))
			files.writeWhole(full, text);
	}
}

/** Frappe keeps the content of assets.json in Redis. A Redis that is not up holds nothing old. */
async function clearCachedNames(bench, require) {
	const address = bench.config().redis_cache;
	if (!address) return;
	const options = redisOptions(address);
	Object.assign(options.socket, { connectTimeout: 1000, reconnectStrategy: false });
	const client = require("@redis/client").createClient(options);
	client.on("error", () => {});
	try {
		await client.connect();
		await client.del("assets_json");
		await client.disconnect();
	} catch {
		console.warn("The Redis cache is not up: nothing to clear there.");
	}
}

function realPath(folder) {
	return fs.existsSync(folder) ? fs.realpathSync(folder) : folder;
}

function isInside(folder, file) {
	return file.startsWith(folder + path.sep);
}

try {
	await main();
} catch (error) {
	if (error instanceof BuildError) {
		console.error(`${error.text}\n\n${error.message} The former assets stay in place.`);
	} else if (error instanceof UsageError) {
		console.error(error.message);
	} else {
		console.error(error);
	}
	process.exitCode = 1;
}
