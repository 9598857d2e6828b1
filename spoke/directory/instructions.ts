import type { Database } from "better-sqlite3";

/** What people here want done with their mail, by extension; "" is for the name itself. */
export interface Instructions {
  get(person: string, extension: string): string | undefined;
  /** Replaces all of one person's. */
  put(person: string, all: Readonly<Record<string, string>>): void;
}

export function instructionsTable(db: Pick<Database, "prepare">): Instructions {
  const get = db
    .prepare<[string, string], string>("SELECT text FROM instructions WHERE person = ? AND extension = ?")
    .pluck();
  const clear = db.prepare<[string]>("DELETE FROM instructions WHERE person = ?");
  const add = db.prepare<[string, string, string]>(
    "INSERT INTO instructions (person, extension, text) VALUES (?, ?, ?)",
  );
  return {
    get: (person, extension) => get.get(person, extension),
    put: (person, all) => {
      clear.run(person);
      for (const [extension, text] of Object.entries(all)) add.run(person, extension, text);
    },
  };
}
