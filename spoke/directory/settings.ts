import type { Database } from "better-sqlite3";

/** Every single fact that the spoke remembers, with what it says. */
export const SETTINGS = {
  lastContactAt: "ms since 1970, when the hub last answered on a link",
  peopleVersion: "version of the hub's list of people that was applied last",
  namesVersion: "version of the hub's list of names; absent: there is no list",
  namesAt: "ms since 1970 by the hub's clock, when that list was made",
  aliasesVersion: "changes of the names of this office's aliases so far",
  aliasesTold: "the version of those names that the hub has confirmed",
  aliasesToldKey: "first 6 bytes of the SHA-256 of the link's key then",
} as const;

export type SettingKey = keyof typeof SETTINGS;

export interface Settings {
  /** Undefined when it was never set. */
  get(key: SettingKey): number | undefined;
  set(key: SettingKey, value: number): void;
  forget(key: SettingKey): void;
}

export function settingsTable(db: Pick<Database, "prepare">): Settings {
  const get = db.prepare<[string], { value: string }>("SELECT value FROM settings WHERE key = ?");
  const set = db.prepare<[string, string]>("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)");
  const forget = db.prepare<[string]>("DELETE FROM settings WHERE key = ?");
  return {
    get: (key) => {
      const row = get.get(key);
      return row === undefined ? undefined : Number(row.value);
    },
    set: (key, value) => void set.run(key, String(value)),
    forget: (key) => void forget.run(key),
  };
}
