// Files on disk: whole or not at all.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** Hexadecimal SHA-256 of the given strings and buffers. */
export function digest(...parts) {
	const hash = createHash("sha256");
	for (const part of parts) hash.update(part).update("\0");
	return hash.digest("hex");
}

/** SHA-256 of a file's content, or null when there is no such file. */
export function digestFile(file) {
	try {
		return digest(fs.readFileSync(file));
	} catch {
		return null;
	}
}

/** Writes a file so that readers see either the former or the new content, never a part. */
export function writeWhole(file, content) {
	fs.mkdirSync(path.dirname(file), { recursive: true });
	const temporary = `${file}.${process.pid}.tmp`;
	fs.writeFileSync(temporary, content);
	fs.renameSync(temporary, file);
}

/** Parsed JSON file, or the fallback when it is missing or damaged. */
export function readJson(file, fallback) {
	try {
		return JSON.parse(fs.readFileSync(file, "utf8"));
	} catch {
		return fallback;
	}
}

/** Makes `link` a symbolic link to `target`, replacing a former link in one step. */
export function linkTo(target, link) {
	if (readLink(link) === target) return;
	fs.mkdirSync(path.dirname(link), { recursive: true });
	const temporary = `${link}.${process.pid}.tmp`;
	fs.rmSync(temporary, { force: true });
	fs.symlinkSync(target, temporary);
	if (isRealFolder(link)) fs.rmSync(link, { recursive: true });
	fs.renameSync(temporary, link);
}

/** Where a symbolic link points to, or null when the path is none. */
export function readLink(link) {
	try {
		return fs.readlinkSync(link);
	} catch {
		return null;
	}
}

/** True for a folder that is not a symbolic link. */
export function isRealFolder(folder) {
	return fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** All files under a folder that `wanted(name)` accepts, sorted, without the skipped folders. */
export function findFiles(folder, wanted, skipped) {
	const found = [];
	for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
		const full = path.join(folder, entry.name);
		if (entry.isDirectory()) {
			if (!skipped.includes(entry.name)) found.push(...findFiles(full, wanted, skipped));
		} else if (wanted(entry.name)) {
			found.push(full);
		}
	}
	return found.sort();
}

const LOCK_SECONDS = 30;

/**
 * Runs `work` while holding a lock file, so that two builds of one bench do not lose each
 * other's entries. The lock of a process that died, or that is older than any work takes, is free.
 *
 * @param {string} file the lock file
 * @param {() => any} work synchronous, short
 * @returns {Promise<any>} what `work` returns
 */
export async function withLock(file, work) {
	fs.mkdirSync(path.dirname(file), { recursive: true });
	while (!tryLock(file)) await new Promise((done) => setTimeout(done, 100));
	try {
		return work();
	} finally {
		fs.rmSync(file, { force: true });
	}
}

function tryLock(file) {
	const own = `${file}.${process.pid}`;
	fs.writeFileSync(own, String(process.pid));
	try {
		fs.linkSync(own, file); // fails when it exists; the content is there from the start
		return true;
	} catch (error) {
		if (error.code !== "EEXIST") throw error;
		if (isAbandoned(file)) fs.rmSync(file, { force: true });
		return false;
	} finally {
		fs.rmSync(own);
	}
}

function isAbandoned(file) {
	const made = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
	if (made === undefined) return false;
	if (Date.now() - made > LOCK_SECONDS * 1000) return true;
	try {
		process.kill(Number(fs.readFileSync(file, "utf8")), 0);
		return false;
	} catch (error) {
		return error.code === "ESRCH";
	}
}
