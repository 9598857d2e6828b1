import { includePath, includesOf, includeTarget, isInclude, targetsOf } from "./include-target.ts";
import type { DirectoryView } from "./view.ts";

/** What is wrong with the files of an alias: each that cannot be used, each that leads back to itself. With file and line. */
export function includeProblems(view: DirectoryView, alias: string): string[] {
  return includesOf(view, alias).flatMap((path) => {
    const included = view.include(path);
    if ("problem" in included) return [included.problem];
    const record = includeTarget(path);
    const back = wayBack(view, record);
    return back === undefined ? [] : [`${path} would lead back to itself: ${back.map(shown).join(" → ")}`];
  });
}

function wayBack(view: DirectoryView, start: string): string[] | undefined {
  const seen = new Set<string>();
  const waiting: string[][] = [[start]];
  for (let way = waiting.pop(); way !== undefined; way = waiting.pop()) {
    for (const target of targetsOf(view, way.at(-1) ?? start)) {
      if (target === start) return [...way, start];
      if (!isInclude(target) || seen.has(target)) continue;
      seen.add(target);
      waiting.push([...way, target]);
    }
  }
  return undefined;
}

function shown(record: string): string {
  return includePath(record) ?? record;
}

/** All addresses in the files of an alias, with the place where each stands. */
export function includedAddresses(view: DirectoryView, alias: string): { target: string; at: string }[] {
  return includesOf(view, alias).flatMap((path) => {
    const included = view.include(path);
    if ("problem" in included) return [];
    return included.entries
      .filter(({ target }) => !isInclude(target))
      .map(({ target, line }) => ({ target, at: `${path}:${line}` }));
  });
}
