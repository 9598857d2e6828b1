import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { findPlace, keyPlaces, type Path } from "./key-places.ts";
import { nearest } from "./nearest.ts";

/** One thing that is wrong with a configuration file. */
export interface Problem {
  /** First line of the file is 1; undefined when the key is not there at all. */
  readonly line: number | undefined;
  /** Dotted, without the index of an element (`link.connect`); empty when the text is no TOML. */
  readonly key: string;
  readonly value: unknown;
  readonly wanted: string;
}

export type Read<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/** A problem that no single key can have, such as one of two keys that belong together. */
export type CrossCheck = (raw: Record<string, unknown>) => { path: Path; wanted: string }[];

/**
 * Reads a TOML text by a schema: the value, or all problems at once, in the order of the file.
 * The messages of the schema are what is wanted (`an ADDRESS:PORT …`), not what is wrong.
 */
export function readToml<T>(text: string, schema: z.ZodType<T>, cross: CrossCheck = () => []): Read<T> {
  let raw: Record<string, unknown>;
  try {
    raw = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The parser stops at the first error; its message shows the place on further lines.
    const reason = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    return { ok: false, problems: [{ line: error.line, key: "", value: undefined, wanted: `TOML (${reason})` }] };
  }
  const result = schema.safeParse(raw);
  const found = [
    ...(result.success ? [] : result.error.issues.flatMap((issue) => issueAt(issue, raw, schema))),
    ...cross(raw),
  ];
  if (result.success && found.length === 0) return { ok: true, value: result.data };
  const places = keyPlaces(text);
  const problems = found.map(({ path, wanted }) => ({
    line: findPlace(places, path)?.line,
    key: dotted(path),
    value: valueAt(raw, path),
    wanted,
  }));
  return { ok: false, problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** `hub.toml:12: smtp.listen = "foo": an ADDRESS:PORT such as 0.0.0.0:25` */
export function formatProblem(file: string, problem: Problem): string {
  const place = problem.line === undefined ? file : `${file}:${problem.line}`;
  if (problem.key === "") return `${place}: wanted ${problem.wanted}`;
  if (problem.value === undefined) return `${place}: ${problem.key} is missing: ${problem.wanted}`;
  return `${place}: ${problem.key} = ${showValue(problem)}: ${problem.wanted}`;
}

/** Every key that a schema knows, dotted; elements of arrays without their index. */
export function schemaKeys(schema: unknown): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return schemaKeys(inner.element);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(schemaKeys);
  if (inner instanceof z.ZodPipe) return [inner.in, inner.out].flatMap(schemaKeys);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([name, part]) => {
    const below = schemaKeys(part);
    return below.length === 0 ? [name] : below.map((rest) => `${name}.${rest}`);
  });
}

const MAX_SHOWN = 80;

function showValue({ key, value }: Problem): string {
  // The link's key would end up in a terminal's history or a bug report.
  if (key === "key") return "(not shown)";
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function issueAt(issue: z.core.$ZodIssue, raw: unknown, schema: unknown): { path: Path; wanted: string }[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  if (issue.code === "invalid_union") {
    // The last form is the one with keys of its own, whose problems say more than "neither".
    const form = issue.errors.at(-1) ?? [];
    return form.flatMap((inner) => issueAt({ ...inner, path: [...path, ...inner.path] }, raw, schema));
  }
  if (issue.code !== "unrecognized_keys") return [{ path, wanted: issue.message }];
  const known = schemaKeys(schema);
  return issue.keys
    .flatMap((key) => leaves(valueAt(raw, [...path, key]), [...path, key]))
    .map((leaf) => {
      const meant = nearest(dotted(leaf), known);
      return {
        path: leaf,
        wanted: meant === undefined ? "there is no such key" : `there is no such key, did you mean ${meant}`,
      };
    });
}

/** The keys below an unknown table: `smpt.listen` says more than `smpt`. */
function leaves(value: unknown, path: Path): Path[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) return [path];
  const below = Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
  return below.length === 0 ? [path] : below;
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    return (value as Record<string | number, unknown>)[step];
  }, raw);
}

function dotted(path: Path): string {
  return path.filter((step) => typeof step === "string").join(".");
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap());
  }
  return schema;
}
