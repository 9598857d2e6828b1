import type { ReplicaKind } from "#shared/link/names-update.js";
import type { Db } from "./open.ts";

/** What an office may hold of the organisation's names, and is known to hold. */
export interface Replica {
  readonly policy: ReplicaKind;
  readonly held: ReplicaKind;
  /** The version that it holds; absent: not known, so that the next copy must be a full one. */
  readonly version?: number;
  /** The copy that is in its queue, in the words of whoever put it there. */
  readonly waiting?: string;
}

export interface Replicas {
  get(office: string): Replica;
  /** Also the same again: the office gets a full copy, whatever it was thought to hold. */
  setPolicy(office: string, policy: ReplicaKind): void;
  setWaiting(office: string, waiting: string | undefined): void;
  /** What waited is answered. @param version undefined: the office does not hold what we thought */
  answered(office: string, held: ReplicaKind, version: number | undefined): void;
}

interface Row {
  policy: ReplicaKind;
  held: ReplicaKind;
  version: number | null;
  waiting: string | null;
}

/** The policy of an office that was never told otherwise. */
const DEFAULT: Replica = { policy: "names", held: "none" };

export function replicasTable(db: Db): Replicas {
  const get = db.prepare<[string], Row>("SELECT policy, held, version, waiting FROM replicas WHERE office = ?");
  const policy = db.prepare<[string, string]>(
    `INSERT INTO replicas (office, policy) VALUES (?, ?)
     ON CONFLICT (office) DO UPDATE SET policy = excluded.policy, version = NULL`,
  );
  const waiting = db.prepare<[string, string | null]>(
    "INSERT INTO replicas (office, waiting) VALUES (?, ?) ON CONFLICT (office) DO UPDATE SET waiting = excluded.waiting",
  );
  const answered = db.prepare<[string, number | null, string]>(
    "UPDATE replicas SET held = ?, version = ?, waiting = NULL WHERE office = ?",
  );
  return {
    get: (office) => {
      const row = get.get(office);
      if (row === undefined) return DEFAULT;
      return {
        policy: row.policy,
        held: row.held,
        ...(row.version === null ? {} : { version: row.version }),
        ...(row.waiting === null ? {} : { waiting: row.waiting }),
      };
    },
    setPolicy: (office, kind) => void policy.run(office, kind),
    setWaiting: (office, what) => void waiting.run(office, what ?? null),
    answered: (office, held, version) => void answered.run(held, version ?? null, office),
  };
}
