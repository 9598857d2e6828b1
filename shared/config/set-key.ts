import { parse } from "smol-toml";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { keyPlaces, type Path, type Place } from "./key-places.ts";

/**
 * `--set KEY=VALUE`: the TOML text with that one key written or replaced, all else as it was. VALUE is
 * taken as TOML (number, boolean, list, quoted string), and as plain text when it is none. In an array of
 * tables with one element, as `join` writes, KEY names it without index (`link.duplex`).
 * Whether the result makes sense is for the schema. A Failure (64) when it cannot be done.
 */
export function applySet(text: string, assignment: string): string {
  const { names, value } = readAssignment(assignment);
  const places = keyPlaces(text);
  const existing = onlyOne(
    places.filter((place) => place.kind === "key" && sameNames(place.path, names)),
    assignment,
  );
  if (existing !== undefined) return text.slice(0, existing.from) + value + text.slice(existing.to);
  if (
    places.some(
      (place) => place.path.length > names.length && sameNames(withoutIndex(place).slice(0, names.length), names),
    )
  ) {
    throw new Failure(EXIT.usage, `Cannot set ${assignment}: it is a table with keys of its own, set one of those`);
  }
  const header = nearestTable(places, names, assignment);
  if (header === undefined) return insertAtRoot(text, places, names, value);
  const rest = names.slice(withoutIndex(header).length);
  return insertLine(text, header.to, `${rest.join(".")} = ${value}`);
}

function readAssignment(assignment: string): { names: string[]; value: string } {
  const [, key = "", raw = ""] = /^\s*([^=]*?)\s*=([\s\S]*)$/.exec(assignment) ?? [];
  if (!/^[\w-]+(\.[\w-]+)*$/.test(key)) {
    throw new Failure(EXIT.usage, `Cannot set "${assignment}": wanted KEY=VALUE, such as smtp.listen=127.0.0.1:2525`);
  }
  return { names: key.split("."), value: asToml(raw.trim()) };
}

function asToml(raw: string): string {
  return isTomlValue(raw) ? raw : JSON.stringify(raw).replaceAll("\x7f", "\\u007f");
}

/** Dates and infinities are left out: no key wants one, and `inf` may well be the name of an office. */
function isTomlValue(raw: string): boolean {
  if (/[\r\n]/.test(raw)) return false;
  try {
    const { value } = parse(`value = ${raw}`);
    return typeof value === "number" ? Number.isFinite(value) : !(value instanceof Date);
  } catch {
    // Not TOML: plain text, which needs no quotes on a command line.
    return false;
  }
}

/** The table whose header the key can stand under, the longest name first. */
function nearestTable(places: readonly Place[], names: readonly string[], assignment: string): Place | undefined {
  for (let length = names.length - 1; length > 0; length--) {
    const headers = places.filter((place) => place.kind === "table" && sameNames(place.path, names.slice(0, length)));
    const header = onlyOne(headers, assignment);
    if (header !== undefined) return header;
  }
  return undefined;
}

/** Beside its comment in a sample file (`# smtp.listen = …`), else after the last key before the first table. */
function insertAtRoot(text: string, places: readonly Place[], names: readonly string[], value: string): string {
  const first = places.find((place) => place.kind === "table");
  const root = text.slice(0, first?.from ?? text.length);
  const line = `${names.join(".")} = ${value}`;
  const comment = new RegExp(`^#[ \\t]*${names.join("\\.")}[ \\t]*=[^\\n]*$`, "m").exec(root);
  if (comment !== null) return insertLine(text, comment.index + comment[0].length, line);
  const last = places.filter((place) => place.kind === "key" && place.to <= root.length).at(-1);
  if (last !== undefined) {
    const end = text.indexOf("\n", last.to);
    return insertLine(text, end < 0 ? text.length : end, line);
  }
  const rest = text.slice(root.length);
  return `${root}${root === "" || root.endsWith("\n") ? "" : "\n"}${line}\n${rest}`;
}

/** A new line after the one that ends at `at`. */
function insertLine(text: string, at: number, line: string): string {
  const rest = text.slice(at);
  return `${text.slice(0, at)}\n${line}${rest === "" ? "\n" : rest}`;
}

function onlyOne(places: readonly Place[], assignment: string): Place | undefined {
  if (places.length <= 1) return places[0];
  throw new Failure(EXIT.usage, `Cannot set ${assignment}: there are ${places.length} of them, edit the file`);
}

function withoutIndex(place: Place): string[] {
  return place.path.filter((step) => typeof step === "string");
}

function sameNames(path: Path, names: readonly string[]): boolean {
  const own = path.filter((step) => typeof step === "string");
  return own.length === names.length && own.every((name, depth) => name === names[depth]);
}
