import type { Db } from "./open.ts";

/** Small facts of this node that are not configuration: the last check, a counter, what this hub makes tokens with. Never secrets of people. */
export interface Settings {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

export function settingsTable(db: Db): Settings {
  const get = db.prepare<[string], { value: string }>("SELECT value FROM settings WHERE key = ?");
  const set = db.prepare<[string, string]>(
    "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const remove = db.prepare<[string]>("DELETE FROM settings WHERE key = ?");
  return {
    get: (key) => get.get(key)?.value,
    set: (key, value) => void set.run(key, value),
    remove: (key) => void remove.run(key),
  };
}
