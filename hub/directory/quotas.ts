import { ROLES } from "#hub/routing/roles.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** How much mail a mailbox may hold. */
export interface Quota {
  /** A person as `people` names her; `@domain` for all people of a domain, `@` for the organisation's, who have none of their own. */
  readonly subject: string;
  readonly bytes: number;
}

/** Every change raises the people version of the offices it concerns, so that they hear of it. */
export interface Quotas {
  get(subject: string): Quota | undefined;
  /** What counts for a person, in bytes: her own, else her domain's, but for roles, which take mail always. undefined: no limit. */
  of(person: string): number | undefined;
  list(): Quota[];
  set(subject: string, bytes: number): Quota;
  /** Throws `Refusal` when there is none. */
  remove(subject: string): void;
}

export function quotasTable(db: Db): Quotas {
  const get = db.prepare<[string], Quota>("SELECT subject, bytes FROM quotas WHERE subject = ?");
  const list = db.prepare<[], Quota>("SELECT subject, bytes FROM quotas ORDER BY subject");
  const put = db.prepare<[string, number]>(
    "INSERT INTO quotas (subject, bytes) VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET bytes = excluded.bytes",
  );
  const remove = db.prepare<[string]>("DELETE FROM quotas WHERE subject = ?");
  const raisePerson = db.prepare<[string, string]>(
    `UPDATE offices SET people_version = people_version + 1
     WHERE name = (SELECT office FROM people WHERE name = ? AND domain = ?)`,
  );
  const raiseDomain = db.prepare<[string]>(
    `UPDATE offices SET people_version = people_version + 1
     WHERE EXISTS (SELECT 1 FROM people WHERE people.office = offices.name AND people.domain = ?)`,
  );
  const changed = (subject: string): void => {
    const { local, domain } = splitAddress(subject);
    if (local === "") raiseDomain.run(domain);
    else raisePerson.run(local, domain);
  };
  const inOne = <T>(work: () => T): T => db.transaction(work).immediate();

  return {
    get: (subject) => get.get(addressKey(subject)),
    of: (person) => {
      const key = addressKey(person);
      const { local, domain } = splitAddress(key);
      const general = ROLES.includes(local) ? undefined : `@${domain}`;
      return (get.get(key) ?? (general === undefined ? undefined : get.get(general)))?.bytes;
    },
    list: () => list.all(),
    set: (given, bytes) =>
      inOne(() => {
        const subject = addressKey(given);
        put.run(subject, bytes);
        changed(subject);
        return { subject, bytes };
      }),
    remove: (given) =>
      inOne(() => {
        const subject = addressKey(given);
        if (remove.run(subject).changes === 0)
          refuse("unknown", `There is no quota for "${subject}": see \`qrelay hub quota list\``);
        changed(subject);
      }),
  };
}
