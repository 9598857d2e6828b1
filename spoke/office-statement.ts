import { createHash } from "node:crypto";
import { type ChangedPassword, encodeStatement, MAX_OFFICE_ALIASES } from "#shared/link/office-statement.js";
import type { SpokeNode } from "./node.ts";

/** Passwords in one statement: some 200 KB. */
const AT_ONCE = 1000;

type Teller = Pick<SpokeNode, "config" | "directory" | "now" | "log">;

/** What is to be told, and what holds once headquarters has it. */
interface Untold<T> {
  readonly told: T;
  confirm(): void;
}

/**
 * What headquarters does not know yet of this office: passwords that were changed here, and the names of its aliases. undefined
 * when it knows all. Ask again after `confirm`. Neither throws: mail must not wait for a directory in trouble (P7).
 */
export function pendingStatement(node: Teller): { readonly content: Uint8Array; confirm(): void } | undefined {
  return quietly(node, () => {
    const passwords = untoldPasswords(node);
    const aliases = untoldAliases(node);
    if (passwords === undefined && aliases === undefined) return undefined;
    const content = encodeStatement({
      at: Math.max(0, node.now()),
      passwords: passwords?.told ?? [],
      ...(aliases === undefined ? {} : { aliases: aliases.told }),
    });
    const confirm = (): void =>
      node.directory.transaction(() => {
        passwords?.confirm();
        aliases?.confirm();
      });
    return { content, confirm: () => quietly(node, confirm) };
  });
}

function untoldPasswords({ directory: { people } }: Teller): Untold<ChangedPassword[]> | undefined {
  const untold = people.list().filter(({ listed, passwordAt }) => listed && passwordAt !== undefined);
  const told = untold
    .slice(0, AT_ONCE)
    .flatMap(({ name, passwordHash: hash, passwordAt: at }) =>
      hash === undefined || at === undefined ? [] : [{ name, hash, at: Math.max(0, at) }],
    );
  if (told.length === 0) return undefined;
  const confirm = (): void => {
    for (const { name, hash } of told) {
      const now = people.get(name);
      // Changed again meanwhile: that one is still to be told.
      if (now?.passwordHash !== hash) continue;
      const { passwordAt: _told, ...known } = now;
      people.put(known);
    }
  };
  return { told, confirm };
}

/** All names after each change of them, and once more when the key of the link is another: the hub has forgotten them then. */
function untoldAliases({ config, directory: { settings, aliases } }: Teller): Untold<string[]> | undefined {
  const version = settings.get("aliasesVersion") ?? 0;
  const key = keyMark(config.key);
  const isTold = settings.get("aliasesTold") === version && settings.get("aliasesToldKey") === key;
  if (version === 0 || isTold) return undefined;
  const confirm = (): void => {
    settings.set("aliasesTold", version);
    settings.set("aliasesToldKey", key);
  };
  return { told: aliases.names().slice(0, MAX_OFFICE_ALIASES), confirm };
}

function keyMark(key: Uint8Array): number {
  return createHash("sha256").update(key).digest().readUIntBE(0, 6);
}

function quietly<T>({ log }: Pick<SpokeNode, "log">, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    log("internal-error", { where: "statement for headquarters", text: String(error) });
    return undefined;
  }
}
