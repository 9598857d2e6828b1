import { parse } from "smol-toml";
import { z } from "zod";

/** One configuration key. Schema, sample file and documentation are all made from the table of these. */
export interface KeyRow<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  /** As written in the file; absent when the key must be given or may be left out (the schema knows which). */
  readonly default?: string;
  /** One sentence for the administrator. */
  readonly doc: string;
  /** What a value looks like, for a key without a default. */
  readonly example?: string;
  /** The keys of one element, when the key is an array of tables. */
  readonly each?: KeyTable;
}

/** Dotted key → row. */
export type KeyTable = Readonly<Record<string, KeyRow>>;

/** What reading a table gives: the value of each key under its dotted name. */
export type Values<T extends KeyTable> = { readonly [K in keyof T]: z.output<T[K]["schema"]> };

/** The schema of a file with exactly the keys of the table. */
export function schemaOf<T extends KeyTable>(table: T): z.ZodType<Values<T>> {
  const tree = nestedSchema(Object.entries(table).map(([key, row]) => ({ steps: key.split("."), row })));
  // The nested output is laid flat again under the same keys, so that each value keeps the type of its row.
  return tree.transform((nested) => {
    const values = Object.keys(table).map((key) => [key, stepInto(nested, key.split("."))]);
    return Object.fromEntries(values) as Values<T>;
  });
}

/** A commented file: the given values set, every other key shown as a comment with its default. */
export function sampleToml(table: KeyTable, given: Record<string, unknown>): string {
  const rows = Object.entries(table);
  const plain = rows.filter(([, row]) => row.each === undefined).map(([key, row]) => sampleKey(key, row, given[key]));
  // Tables last: a key after a [[table]] would belong to it.
  const tables = rows.flatMap(([key, row]) =>
    row.each === undefined ? [] : sampleTables(key, row.doc, row.each, given[key]),
  );
  return `${[...plain, ...tables].join("\n\n")}\n`;
}

/** The same for readers: a Markdown table. */
export function documentKeys(table: KeyTable, under = ""): string {
  const head = "| key | default | says |\n|---|---|---|";
  return `${head}\n${documentRows(table, under).join("\n")}\n`;
}

interface Step {
  readonly steps: string[];
  readonly row: KeyRow;
}

function nestedSchema(rows: readonly Step[]): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, group] of Map.groupBy(rows, ({ steps }) => steps[0] ?? "")) {
    const [first] = group;
    if (first === undefined) continue;
    if (group.length > 1 && group.some(({ steps }) => steps.length === 1)) {
      throw new Error(`Key "${name}" cannot be both a value and a table: TOML has no way to write it`);
    }
    shape[name] =
      group.length === 1 && first.steps.length === 1
        ? keySchema(first.row)
        : nestedSchema(group.map(({ steps, row }) => ({ steps: steps.slice(1), row }))).prefault({});
  }
  return z.strictObject(shape, { error: "a table of keys" });
}

function keySchema(row: KeyRow): z.ZodType {
  return row.default === undefined ? row.schema : row.schema.prefault(parse(`value = ${row.default}`).value);
}

function stepInto(nested: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], nested);
}

function sampleKey(key: string, row: KeyRow, given: unknown): string {
  const line =
    given === undefined ? `# ${key} = ${row.default ?? row.example ?? '""'}` : `${key} = ${JSON.stringify(given)}`;
  return `# ${row.doc}\n${line}`;
}

function sampleTables(key: string, doc: string, each: KeyTable, given: unknown): string[] {
  const elements = Array.isArray(given) ? (given as Record<string, unknown>[]) : [];
  const element = (values: Record<string, unknown> | undefined) => {
    const keys = Object.entries(each).map(([name, row]) => sampleKey(name, row, values?.[name]));
    return `# ${doc}\n${values === undefined ? "# " : ""}[[${key}]]\n${keys.join("\n")}`;
  };
  return elements.length === 0 ? [element(undefined)] : elements.map(element);
}

function documentRows(table: KeyTable, under: string): string[] {
  return Object.entries(table).flatMap(([key, row]) => {
    const value = row.default ?? (row.schema.safeParse(undefined).success ? "none" : "must be given");
    const cell = row.default === undefined ? value : `\`${value}\``;
    const shown = row.each === undefined ? `\`${under}${key}\`` : `\`[[${under}${key}]]\``;
    const line = `| ${shown} | ${row.each === undefined ? cell : "none"} | ${row.doc.replaceAll("|", "\\|")} |`;
    return row.each === undefined ? [line] : [line, ...documentRows(row.each, `${under}${key}.`)];
  });
}
