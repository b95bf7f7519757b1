// One app's bundles, from sources to finished files in memory. Nothing is written here.

import fs from "node:fs";
import path from "node:path";

import { digest, findFiles } from "./files.mjs";
import {
	datepickerSeconds,
	htmlTemplates,
	SassCompiler,
	styleSheets,
	vueComponents,
	webAddresses,
} from "./plugins.mjs";

const BUNDLE = /\.bundle\.(js|ts|jsx|tsx|vue|css|scss|sass|less|styl)$/;
const STYLE = /\.(css|scss|sass|less|styl)$/;

// Old enough for the desk's browsers; the style sheets are also read by wkhtmltopdf's old WebKit,
// which does not know #rrggbbaa or `inset`.
const SCRIPT_TARGET = ["es2017"];
const STYLE_TARGET = ["chrome60", "firefox60", "safari11"];

/** Sources that do not build. `text` names each mistake with file and line. */
export class BuildError extends Error {
	constructor(text) {
		super("The sources have mistakes.");
		this.text = text;
	}
}

/** All bundle sources of an app, sorted. */
export function findEntries(publicFolder) {
	if (!fs.existsSync(publicFolder)) return [];
	return findFiles(publicFolder, (name) => BUNDLE.test(name), ["node_modules", "dist"]);
}

/**
 * Compiles bundle sources.
 *
 * @param {object} context `require` (of node_modules), `modules`, `nodePaths`, `root` (of the app), `dev`
 * @param {string[]} entries absolute paths of *.bundle.* files
 * @returns {Promise<{files: Map<string, string>, assets: object, rtl: object, inputs: Set<string>,
 *   warnings: string}>} files by path under dist/, bundle names and the file each stands for
 * @throws {BuildError}
 */
export async function compile(context, entries) {
	const { require, dev } = context;
	const esbuild = require("esbuild");
	const inputs = new Set(entries);
	const sass = new SassCompiler(require, { ...context, loadPaths: context.nodePaths });
	const shared = { ...context, inputs };
	const styles = (rtl) => [webAddresses(), styleSheets(require, sass, { ...shared, rtl })];
	const scripts = [
		htmlTemplates(inputs),
		datepickerSeconds(inputs),
		vueComponents(require, sass, shared),
		...styles(false),
	];

	const isStyle = (file) => STYLE.test(file);
	const results = await Promise.allSettled([
		bundle(
			context,
			named(
				"js",
				entries.filter((file) => !isStyle(file)),
			),
			scripts,
			SCRIPT_TARGET,
		),
		bundle(context, named("css", entries.filter(isStyle)), styles(false), STYLE_TARGET),
		bundle(context, named("css-rtl", entries.filter(isStyle)), styles(true), STYLE_TARGET),
	]);
	await throwMistakes(esbuild, results);

	const [js, css, rtl] = results.map(({ value }) => value);
	for (const { metafile } of [js, css, rtl]) {
		for (const input of Object.keys(metafile.inputs)) {
			// Those with a colon are the plugins' own, which they have added.
			if (!input.includes(":")) inputs.add(path.resolve(context.root, input));
		}
	}
	const files = new Map();
	const made = { root: context.root, dev, files };
	return {
		files,
		assets: { ...finish(js, made), ...finish(css, made) },
		rtl: finish(rtl, { ...made, prefix: "rtl_" }),
		inputs,
		warnings: await describe(
			esbuild,
			[js, css, rtl].flatMap((r) => r.warnings),
			"warning",
		),
	};
}

/** Entry points as esbuild takes them: output name without its ending, to source. */
function named(folder, entries) {
	const points = {};
	for (const file of entries) {
		const name = path.posix.join(folder, path.parse(file).name);
		if (points[name]) {
			throw new BuildError(`${file}: error: a bundle of this name is also in ${points[name]}`);
		}
		points[name] = file;
	}
	return points;
}

function bundle({ require, nodePaths, root, dev }, entryPoints, plugins, target) {
	return require("esbuild").build({
		absWorkingDir: root,
		bundle: true,
		define: {
			"process.env.NODE_ENV": JSON.stringify(dev ? "development" : "production"),
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
			__VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
		},
		entryPoints,
		logLevel: "silent",
		metafile: true,
		minify: !dev,
		nodePaths,
		outdir: path.join(root, "dist"),
		plugins,
		sourcemap: dev ? "external" : false,
		target,
		write: false,
	});
}

/**
 * Gives each output its final content and a name with the hash of that content.
 *
 * @returns {object} bundle name, as hooks write it, to path under dist/
 */
function finish(result, { root, dev, files, prefix = "" }) {
	const contents = new Map(result.outputFiles.map((file) => [file.path, file.text]));
	const assets = {};
	for (const [output, { entryPoint, cssBundle }] of Object.entries(result.metafile.outputs)) {
		// The style sheet that a script's imports make has the script's entry point, and goes into it.
		if (!entryPoint || (output.endsWith(".css") && !STYLE.test(entryPoint))) continue;
		const full = path.resolve(root, output);
		let text = contents.get(full);
		if (cssBundle) text += injectedStyle(contents.get(path.resolve(root, cssBundle)));

		const folder = path.basename(path.dirname(output));
		const { name, ext } = path.parse(output);
		const final = `${folder}/${name}.${digest(text).slice(0, 8).toUpperCase()}${ext}`;
		if (dev) {
			const comment = `# sourceMappingURL=${path.basename(final)}.map`;
			text += ext === ".css" ? `/*${comment} */\n` : `//${comment}\n`;
			files.set(`${final}.map`, contents.get(`${full}.map`));
		}
		files.set(final, text);
		for (const key of bundleNames(entryPoint)) assets[prefix + key] = final;
	}
	return assets;
}

/** Frappe loads a script bundle alone, so it brings the styles of its components along. */
function injectedStyle(css) {
	return `frappe.dom.set_style(${JSON.stringify(css)});\n`;
}

/** The names under which Frappe looks a bundle up. */
function bundleNames(entryPoint) {
	const { base, name, ext } = path.parse(entryPoint);
	if (STYLE.test(base)) return [`${name}.css`];
	return ext === ".js" ? [base] : [base, `${name}.js`];
}

async function throwMistakes(esbuild, results) {
	const failed = results.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
	if (!failed.length) return;
	const foreign = failed.find((reason) => !reason.errors);
	if (foreign) throw foreign;
	throw new BuildError(
		await describe(
			esbuild,
			failed.flatMap(({ errors }) => errors),
			"error",
		),
	);
}

/** Messages as text, each once: a style sheet is built twice and says the same twice. */
async function describe(esbuild, messages, kind) {
	const unique = new Map(messages.map((m) => [JSON.stringify([m.text, m.location]), m]));
	const lines = await esbuild.formatMessages([...unique.values()], { kind, terminalWidth: 100 });
	return lines.map((line) => line.trim()).join("\n\n");
}
