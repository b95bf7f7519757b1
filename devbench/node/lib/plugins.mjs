// How esbuild reads what Frappe's bundles are made of: SCSS, HTML templates and Vue components.
// Each plugin adds what it read to `inputs`, so that the builder knows when to build again.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { digest } from "./files.mjs";

/** Leaves absolute web addresses (/assets/…, /files/…) in style sheets as they are. */
export function webAddresses() {
	return {
		name: "web-addresses",
		setup(build) {
			build.onResolve({ filter: /^\/(assets|files)\// }, ({ path }) => ({ path, external: true }));
		},
	};
}

/** Adds to the registry's date picker what Frappe's own fork of it has. */
export function datepickerSeconds(inputs) {
	const addition = fileURLToPath(new URL("./datepicker_seconds.js", import.meta.url));
	return {
		name: "datepicker-seconds",
		setup(build) {
			build.onLoad({ filter: /\/air-datepicker\/dist\/js\/datepicker(\.min)?\.js$/ }, ({ path: file }) => {
				const text = fs.readFileSync(file, "utf8");
				if (text.includes("$seconds")) return undefined;
				inputs.add(file).add(addition);
				return { contents: `${text}\n${fs.readFileSync(addition, "utf8")}` };
			});
		},
	};
}

/** `import "./x.html"` makes the file's text `frappe.templates.x`. */
export function htmlTemplates(inputs) {
	return {
		name: "html-templates",
		setup(build) {
			build.onLoad({ filter: /\.html$/ }, ({ path: file }) => {
				inputs.add(file);
				const name = path.basename(file).split(".")[0];
				// Backslashes keep the meaning they have in JavaScript: Frappe's templates use it.
				const text = fs.readFileSync(file, "utf8").replace(/`/g, "\\`");
				return { contents: `frappe.templates[${JSON.stringify(name)}] = \`${text}\`;` };
			});
		},
	};
}

/**
 * Sass with `~package` imports and Frappe's include paths. One instance serves all builds of a
 * run and compiles each file once.
 */
export class SassCompiler {
	constructor(require, { modules, loadPaths, dev }) {
		this.require = require;
		this.modules = modules;
		this.loadPaths = loadPaths;
		this.dev = dev;
		this.done = new Map();
	}

	get sass() {
		return this.require("sass"); // loaded when there is something to compile: it takes a while
	}

	/** Compiles a file; returns {css, inputs} or throws sass.Exception. */
	compileFile(file) {
		if (!this.done.has(file)) {
			const result = this.sass.compile(file, this.options(file));
			this.done.set(file, this.result(result));
		}
		return this.done.get(file);
	}

	/** Compiles the style block of a Vue component. */
	compileText(text, file, syntax) {
		const options = { ...this.options(file), syntax, url: pathToFileURL(file) };
		// Without an importer of its own, relative imports would be looked for in the load paths only.
		const folder = path.dirname(file);
		options.importer = { findFileUrl: (url) => pathToFileURL(path.resolve(folder, url)) };
		return this.result(this.sass.compileString(text, options));
	}

	result({ css, loadedUrls, sourceMap }) {
		const inputs = loadedUrls.filter((url) => url.protocol === "file:").map(fileURLToPath);
		return { css: sourceMap ? css + sourceMapComment(sourceMap, "css") : css, inputs };
	}

	options(file) {
		return {
			loadPaths: this.loadPaths,
			importers: [{ findFileUrl: (url) => this.findPackage(url) }],
			sourceMap: this.dev,
			sourceMapIncludeSources: this.dev,
			// Bootstrap 4 and Frappe use much that Sass has since deprecated: nothing to act on here.
			silenceDeprecations: Object.values(this.sass.deprecations).filter(isActive),
			logger: {
				warn(message, { span }) {
					const where = span?.url ? fileURLToPath(span.url) : file;
					console.warn(`${where}:${(span?.start.line ?? 0) + 1}: warning: ${message}`);
				},
			},
		};
	}

	findPackage(url) {
		return url.startsWith("~") ? pathToFileURL(path.join(this.modules, url.slice(1))) : null;
	}
}

/** Style sheets: Sass, vendor prefixes and, for `rtl`, mirrored for right-to-left languages. */
export function styleSheets(require, sass, { inputs, dev, rtl = false }) {
	const plugins = rtl ? ["rtlcss", "autoprefixer"] : ["autoprefixer"];
	let processor;
	return {
		name: "style-sheets",
		setup(build) {
			build.onLoad({ filter: /\.(css|scss|sass)$/ }, async ({ path: file }) => {
				inputs.add(file);
				try {
					let css;
					if (file.endsWith(".css")) {
						css = fs.readFileSync(file, "utf8");
					} else {
						const compiled = sass.compileFile(file);
						compiled.inputs.forEach((input) => inputs.add(input));
						css = compiled.css;
					}
					const map = dev ? { inline: true, sourcesContent: true } : false;
					processor ??= require("postcss")(plugins.map((name) => require(name)));
					const result = await processor.process(css, { from: file, map });
					return { contents: result.css, loader: "css", resolveDir: path.dirname(file) };
				} catch (error) {
					return { errors: [styleError(error, file)] };
				}
			});
			build.onLoad({ filter: /\.(less|styl)$/ }, ({ path: file }) => ({
				errors: [
					{ text: "Style sheets are written in CSS or SCSS.", location: { file, line: 1 } },
				],
			}));
		},
	};
}

function isActive(deprecation) {
	return deprecation.status === "active";
}

function styleError(error, file) {
	if (error.span) {
		const { url, start, text } = error.span;
		return {
			text: error.sassMessage,
			location: {
				file: url ? fileURLToPath(url) : file,
				line: start.line + 1,
				column: start.column,
				lineText: error.span.context?.split("\n")[0] ?? text,
			},
		};
	}
	return {
		text: error.reason ?? error.message,
		location: { file: error.file ?? file, line: error.line ?? 1, column: (error.column ?? 1) - 1 },
	};
}

/** Vue 3 single-file components. */
export function vueComponents(require, sass, { inputs, dev, root }) {
	const open = (file) => new Component(require("vue/compiler-sfc"), file, { dev, root });
	return {
		name: "vue-components",
		setup(build) {
			build.onLoad({ filter: /\.vue$/, namespace: "file" }, ({ path: file }) => {
				inputs.add(file);
				return open(file).load();
			});
			build.onResolve({ filter: /\.vue\?style=\d+$/ }, ({ path: request, resolveDir }) => ({
				path: path.resolve(resolveDir, request),
				namespace: "vue-style",
			}));
			build.onLoad({ filter: /.*/, namespace: "vue-style" }, ({ path: request }) => {
				const [file, index] = request.split("?style=");
				return open(file).loadStyle(Number(index), sass, inputs);
			});
		},
	};
}

/** One .vue file on its way to JavaScript and CSS. */
class Component {
	constructor(compiler, file, { dev, root }) {
		this.compiler = compiler;
		this.file = file;
		this.dev = dev;
		this.source = fs.readFileSync(file, "utf8");
		// The scope must not depend on where the checkout lies.
		this.id = digest(path.relative(root, file)).slice(0, 8);
		const { descriptor, errors } = compiler.parse(this.source, { filename: file });
		this.descriptor = descriptor;
		this.errors = errors.map((error) => this.located(error));
		this.scoped = descriptor.styles.some((style) => style.scoped);
	}

	load() {
		if (this.errors.length) return { errors: this.errors };
		const { script, scriptSetup, styles } = this.descriptor;
		try {
			const compiled = this.compileScript();
			const parts = [compiled?.content ?? "const component = {};"];
			if (!scriptSetup) parts.push(...this.compileTemplate(compiled));
			if (this.errors.length) return { errors: this.errors };
			styles.forEach((_, index) => {
				parts.push(`import ${JSON.stringify(`./${path.basename(this.file)}?style=${index}`)};`);
			});
			if (this.scoped) parts.push(`component.__scopeId = "data-v-${this.id}";`);
			if (this.dev) parts.push(`component.__file = ${JSON.stringify(this.file)};`);
			parts.push("export default component;");
			if (this.dev && compiled?.map) parts.push(sourceMapComment(compiled.map, "js"));
			return {
				contents: parts.join("\n"),
				loader: (scriptSetup ?? script)?.lang ?? "js",
				resolveDir: path.dirname(this.file),
			};
		} catch (error) {
			const block = scriptSetup ?? script;
			return { errors: [this.located(error, (block?.loc.start.line ?? 1) - 1)] };
		}
	}

	compileScript() {
		const { script, scriptSetup } = this.descriptor;
		if (!script && !scriptSetup) return null;
		return this.compiler.compileScript(this.descriptor, {
			id: this.id,
			genDefaultAs: "component",
			inlineTemplate: true,
			isProd: !this.dev,
			templateOptions: { scoped: this.scoped },
		});
	}

	compileTemplate(script) {
		const { template, slotted } = this.descriptor;
		if (!template) return [];
		const { code, errors } = this.compiler.compileTemplate({
			source: template.content,
			filename: this.file,
			id: this.id,
			scoped: this.scoped,
			slotted,
			isProd: !this.dev,
			compilerOptions: {
				bindingMetadata: script?.bindings,
				scopeId: this.scoped ? `data-v-${this.id}` : undefined,
			},
		});
		const above = template.loc.start.line - 1;
		this.errors.push(...errors.map((error) => this.located(error, above)));
		return [
			code.replace(/^export function render/m, "function render"),
			"component.render = render;",
		];
	}

	loadStyle(index, sass, inputs) {
		const style = this.descriptor.styles[index];
		try {
			let css = style.content;
			if (style.lang === "scss" || style.lang === "sass") {
				const syntax = style.lang === "sass" ? "indented" : "scss";
				// Blank lines in front make the line numbers those of the file.
				const text = "\n".repeat(style.loc.start.line - 1) + css;
				const compiled = sass.compileText(text, this.file, syntax);
				compiled.inputs.forEach((input) => inputs.add(input));
				css = compiled.css;
			}
			const result = this.compiler.compileStyle({
				source: css,
				filename: this.file,
				id: `data-v-${this.id}`,
				scoped: style.scoped,
			});
			if (result.errors.length)
				return { errors: result.errors.map((e) => styleError(e, this.file)) };
			return { contents: result.code, loader: "css", resolveDir: path.dirname(this.file) };
		} catch (error) {
			return { errors: [styleError(error, this.file)] };
		}
	}

	/** An error of Vue's compiler as esbuild shows it; `above` is the number of lines before the block. */
	located(error, above = 0) {
		if (typeof error === "string") return { text: error, location: { file: this.file } };
		const start = error.loc?.start ?? error.loc;
		const text = error.message.split("\n")[0].replace(/^\[[^\]]*\] /, "");
		if (!start) return { text, location: { file: this.file } };
		const line = start.line + above;
		const lineText = this.source.split("\n")[line - 1];
		return { text, location: { file: this.file, line, column: start.column, lineText } };
	}
}

function sourceMapComment(map, language) {
	const data = Buffer.from(JSON.stringify(map)).toString("base64");
	const url = `sourceMappingURL=data:application/json;base64,${data}`;
	return language === "css" ? `\n/*# ${url} */` : `\n//# ${url}`;
}
