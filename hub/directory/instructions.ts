import { addressKey, splitAddress } from "#shared/mail/address.js";
import { MAX_INSTRUCTIONS, parseInstructions } from "#shared/mail/instructions.js";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** One record of somebody's instructions. Times are milliseconds since 1970. */
export interface InstructionRecord {
  readonly person: string;
  /** "" for her own name; otherwise an extension, `default`, or a beginning of one with `-default`. */
  readonly extension: string;
  /** As it was written, without the last line's end. */
  readonly text: string;
  readonly changedAt: number;
}

export interface Instructions {
  get(person: string, extension: string): InstructionRecord | undefined;
  /** Of one person, or all; in order. */
  list(person?: string): InstructionRecord[];
  /** Throws `Refusal` for a person who is not there and for text that is not understood. */
  set(person: string, extension: string, text: string): InstructionRecord;
  remove(person: string, extension: string): void;
}

interface Row {
  person: string;
  extension: string;
  text: string;
  changed_at: number;
}

/** Records of one person: with their bytes this bounds what an office's list of people can grow to. */
const MAX_RECORDS = 50;

export function instructionsTable(db: Db, now: () => number): Instructions {
  const get = db.prepare<[string, string], Row>("SELECT * FROM instructions WHERE person = ? AND extension = ?");
  const list = db.prepare<[], Row>("SELECT * FROM instructions ORDER BY person, extension");
  const listOf = db.prepare<[string], Row>("SELECT * FROM instructions WHERE person = ? ORDER BY extension");
  const put = db.prepare<[string, string, string, number]>(
    `INSERT INTO instructions (person, extension, text, changed_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (person, extension) DO UPDATE SET text = excluded.text, changed_at = excluded.changed_at`,
  );
  const remove = db.prepare<[string, string]>("DELETE FROM instructions WHERE person = ? AND extension = ?");
  const personOf = db.prepare<[string, string], unknown>("SELECT 1 FROM people WHERE name = ? AND domain = ?");

  const table: Instructions = {
    get: (person, extension) => {
      const row = get.get(addressKey(person), addressKey(extension));
      return row && recordOf(row);
    },
    list: (person) => (person === undefined ? list.all() : listOf.all(addressKey(person))).map(recordOf),
    set(person, extension, given) {
      const name = addressKey(person);
      const key = addressKey(extension);
      const what = `Cannot set the instructions of ${name}`;
      const { local, domain } = splitAddress(name);
      if (personOf.get(local, domain) === undefined)
        refuse("unknown", `${what}: there is no such person: see \`qrelay hub person list\``);
      if (!/^[\p{L}\p{M}\p{N}._+=-]{0,64}$/u.test(key))
        refuse("bad", `${what}: the extension is ${JSON.stringify(extension)}, wanted letters, digits and . _ + = -`);
      const text = given.replace(/\n+$/, "");
      if (Buffer.byteLength(text) > MAX_INSTRUCTIONS)
        refuse("bad", `${what}: they have more than ${MAX_INSTRUCTIONS} bytes`);
      const parsed = parseInstructions(text);
      if (!Array.isArray(parsed)) refuse("bad", `${what}: line ${parsed.line}: ${parsed.text}`);
      if (get.get(name, key) === undefined && listOf.all(name).length >= MAX_RECORDS)
        refuse("bad", `${what}: there are ${MAX_RECORDS} records already: remove one, or use a default`);
      put.run(name, key, text, now());
      return table.get(name, key) ?? refuse("unknown", what);
    },
    remove(person, extension) {
      const { changes } = remove.run(addressKey(person), addressKey(extension));
      if (changes === 0)
        refuse("unknown", `There are no such instructions: see \`qrelay hub instructions list ${addressKey(person)}\``);
    },
  };
  return table;
}

function recordOf({ person, extension, text, changed_at: changedAt }: Row): InstructionRecord {
  return { person, extension, text, changedAt };
}
