/** A step into a TOML document: a key, or the index of an element of an array of tables. */
export type Path = readonly (string | number)[];

/** Where one statement of a TOML text stands: offsets into the text, and its line (the first is 1). */
export interface Place {
  readonly kind: "key" | "table";
  readonly path: Path;
  readonly line: number;
  /** Of a key: where its value begins and ends. Of a table: its header. */
  readonly from: number;
  readonly to: number;
}

/**
 * Every key and table header of a text that is known to be TOML, in order. The parser tells what a
 * file says but not where; people want the line, and `--set` must leave the rest of the file alone.
 */
export function keyPlaces(text: string): Place[] {
  const places: Place[] = [];
  const counts = new Map<string, number>();
  let table: Path = [];
  let at = 0;
  const place = (kind: Place["kind"], path: Path, start: number, from: number, to: number) =>
    places.push({ kind, path, line: text.slice(0, start).split("\n").length, from, to });

  while (at < text.length) {
    const start = skipBlank(text, at);
    if (start >= text.length) break;
    if (text[start] === "[") {
      const array = text[start + 1] === "[";
      const key = readKey(text, start + (array ? 2 : 1));
      table = tablePath(key.names, array, counts);
      at = lineEnd(text, key.end);
      place("table", table, start, start, at);
    } else {
      const key = readKey(text, start);
      const from = skipBlank(text, key.end + 1);
      at = valueEnd(text, from);
      if (text[key.end] === "=") place("key", [...table, ...key.names], start, from, trimmedEnd(text, from, at));
      else at = lineEnd(text, start);
    }
  }
  return places;
}

/** The place that a problem at `path` should be shown at: its own, else of what holds it, else of its first part. */
export function findPlace(places: readonly Place[], path: Path): Place | undefined {
  const starts = (whole: Path, part: Path) => part.every((step, depth) => whole[depth] === step);
  const holding = places.filter((place) => starts(path, place.path));
  const longest = Math.max(0, ...holding.map((place) => place.path.length));
  return (
    holding.find((place) => place.path.length === longest) ??
    places.find((place) => starts(place.path, path)) ??
    undefined
  );
}

/** Blanks, line ends and comments say nothing. */
function skipBlank(text: string, from: number): number {
  const blank = /(?:\s+|#[^\n]*)*/y;
  blank.lastIndex = from;
  return from + (blank.exec(text)?.[0].length ?? 0);
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function readKey(text: string, from: number): { names: string[]; end: number } {
  const names: string[] = [];
  const part = /[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+)[ \t]*(\.?)/y;
  part.lastIndex = from;
  let end = from;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    end = part.lastIndex;
    names.push(unquote(match[1] ?? ""));
    if (match[2] === "") break;
  }
  return { names, end };
}

function unquote(name: string): string {
  if (name.startsWith("'")) return name.slice(1, -1);
  if (!name.startsWith('"')) return name;
  return name.slice(1, -1).replace(/\\(["\\])/g, "$1");
}

/** `[[link]]` begins the next element; `[link.more]` belongs to the newest one (TOML 1.0 "Array of Tables"). */
function tablePath(names: readonly string[], array: boolean, counts: Map<string, number>): Path {
  let path: Path = [];
  for (const [depth, name] of names.entries()) {
    path = [...path, name];
    const id = JSON.stringify(path);
    if (array && depth === names.length - 1) counts.set(id, (counts.get(id) ?? 0) + 1);
    const count = counts.get(id);
    if (count !== undefined) path = [...path, count - 1];
  }
  return path;
}

/** Where the value that begins at `from` is over: at the line end or comment that is in no bracket and no string. */
function valueEnd(text: string, from: number): number {
  const token = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[\]{}\n]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const found = match[0];
    if (found === "[" || found === "{") depth++;
    else if (found === "]" || found === "}") depth--;
    else if (depth <= 0 && (found === "\n" || found.startsWith("#"))) return match.index;
  }
  return text.length;
}

function trimmedEnd(text: string, from: number, to: number): number {
  return from + text.slice(from, to).trimEnd().length;
}
