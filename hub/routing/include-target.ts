import type { DirectoryView } from "./view.ts";

/**
 * `:include:/srv/lists/staff.txt` as a target: the addresses in that file (pure). The file is read when a recipient is
 * routed, through the view.
 */
const INCLUDE = ":include:";

/** Bytes: it stands in the address by which what cannot be read now is tried again. */
const MAX_PATH = 255;

/** The file that a target names; undefined for any other target. */
export function includePath(target: string): string | undefined {
  return target.startsWith(INCLUDE) ? target.slice(INCLUDE.length) : undefined;
}

export function isInclude(target: string): boolean {
  return target.startsWith(INCLUDE);
}

export function includeTarget(path: string): string {
  return `${INCLUDE}${path}`;
}

/** As it is stored; undefined for any other target. Its name is blind to case, as sendmail's is; the path is not. */
export function storedInclude(target: string): string | undefined {
  return /^:include:/i.test(target) ? includeTarget(target.slice(INCLUDE.length).trim()) : undefined;
}

/** Why this path may not be included, or undefined. Nothing of it needs quotes in an alias file or an address. */
export function includePathProblem(path: string): string | undefined {
  if (path === "") return "it names no file";
  if (!path.startsWith("/"))
    return "the path is relative: write it from the root on, such as :include:/srv/lists/staff";
  if (Buffer.byteLength(path) > MAX_PATH) return `the path is longer than ${MAX_PATH} bytes`;
  if (!/^[\p{L}\p{M}\p{N}/._+=~%-]+$/u.test(path)) return "a path may hold letters, digits and / . _ + = ~ % - only";
  return undefined;
}

/** What an alias, or a file by its target, names; nothing for one that is not there or cannot be used. */
export function targetsOf(view: DirectoryView, record: string): readonly string[] {
  const path = includePath(record);
  if (path === undefined) return view.alias(record) ?? [];
  const included = view.include(path);
  return "problem" in included ? [] : included.entries.map(({ target }) => target);
}

/** All files that an alias includes, those in its files too; not those of other aliases that they name. */
export function includesOf(view: DirectoryView, alias: string): string[] {
  const records = new Set([alias]);
  for (const record of records)
    for (const target of targetsOf(view, record)) if (isInclude(target)) records.add(target);
  return [...records].flatMap((record) => includePath(record) ?? []);
}
