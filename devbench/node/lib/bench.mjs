// The bench folder, its configuration and the node_modules folder that both programs are given.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";

/** A mistake of the caller or of the machine: shown as one sentence, without a stack. */
export class UsageError extends Error {}

/**
 * Reads the command line. `--bench` and `--modules` are common to all programs and required.
 *
 * @param {string} usage one line shown with a mistake
 * @param {object} options further options, as node:util parseArgs takes them
 * @returns {object} the values, with `bench` and `modules` absolute
 * @throws {UsageError} when an option is unknown, lacks its value or names no folder
 */
export function readArguments(usage, options = {}) {
	const common = { bench: { type: "string" }, modules: { type: "string" } };
	let values;
	try {
		({ values } = parseArgs({ options: { ...common, ...options }, strict: true }));
	} catch (error) {
		throw new UsageError(`${error.message}\nUsage: ${usage}`);
	}
	for (const name of Object.keys(common)) {
		if (!values[name]) throw new UsageError(`--${name} is missing.\nUsage: ${usage}`);
		values[name] = path.resolve(values[name]);
		if (!fs.existsSync(values[name])) throw new UsageError(`${values[name]} does not exist.`);
	}
	return values;
}

/**
 * A `require` that finds packages in the given node_modules folder, which may lie anywhere:
 * the packages are cached outside the checkout.
 *
 * @param {string} modules the node_modules folder
 * @returns {NodeRequire}
 */
export function requireFrom(modules) {
	const require = createRequire(path.join(modules, "index.js"));
	return (name) => {
		try {
			return require(name);
		} catch (error) {
			if (error.code !== "MODULE_NOT_FOUND") throw error;
			throw new UsageError(`Package ${name} is missing in ${modules}: run npm ci again.`);
		}
	};
}

/** The paths of a bench. */
export class Bench {
	constructor(folder) {
		this.folder = folder;
		this.sites = path.join(folder, "sites");
		this.assets = path.join(this.sites, "assets");
		if (!fs.existsSync(this.sites)) throw new UsageError(`${folder} has no folder "sites".`);
	}

	/** Names of the installed apps, in the order of sites/apps.txt. */
	get apps() {
		const list = path.join(this.sites, "apps.txt");
		if (!fs.existsSync(list)) throw new UsageError(`${list} is missing.`);
		return fs.readFileSync(list, "utf8").split(/\s+/).filter(Boolean);
	}

	/** The folder that holds the app's Python package. */
	root(app) {
		return path.join(this.folder, "apps", app);
	}

	/** The folder that the web server shows as /assets/<app>. */
	public(app) {
		return path.join(this.root(app), app, "public");
	}

	/** sites/common_site_config.json, read anew: ports may change while a server runs. */
	config() {
		const file = path.join(this.sites, "common_site_config.json");
		try {
			return JSON.parse(fs.readFileSync(file, "utf8"));
		} catch (error) {
			throw new UsageError(`${file} cannot be read: ${error.message}`);
		}
	}
}

/**
 * Options of @redis/client for an address as Frappe's configuration writes it.
 *
 * @param {string} address redis://…, rediss://… or unix:///path
 * @returns {object}
 */
export function redisOptions(address) {
	if (address?.startsWith("unix://")) return { socket: { path: address.slice(7) } };
	return { url: address, socket: {} };
}
