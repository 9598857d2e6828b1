import { encodeStatement } from "#shared/link/office-statement.js";
import type { SpokeNode } from "./node.ts";

/** Some 200 KB. */
const AT_ONCE = 1000;

/**
 * What headquarters does not know yet of this office: passwords that were changed here. undefined when it knows all. Ask again
 * after `confirm`. Neither throws: mail must not wait for a directory in trouble (P7).
 */
export function pendingStatement(
  node: Pick<SpokeNode, "directory" | "now" | "log">,
): { readonly content: Uint8Array; confirm(): void } | undefined {
  const { people, transaction } = node.directory;
  return quietly(node, () => {
    const untold = people.list().filter(({ listed, passwordAt }) => listed && passwordAt !== undefined);
    const passwords = untold
      .slice(0, AT_ONCE)
      .flatMap(({ name, passwordHash: hash, passwordAt: at }) =>
        hash === undefined || at === undefined ? [] : [{ name, hash, at: Math.max(0, at) }],
      );
    if (passwords.length === 0) return undefined;
    const confirm = (): void =>
      transaction(() => {
        for (const { name, hash } of passwords) {
          const now = people.get(name);
          // Changed again meanwhile: that one is still to be told.
          if (now?.passwordHash !== hash) continue;
          const { passwordAt: _told, ...known } = now;
          people.put(known);
        }
      });
    const content = encodeStatement({ at: Math.max(0, node.now()), passwords });
    return { content, confirm: () => quietly(node, confirm) };
  });
}

function quietly<T>({ log }: Pick<SpokeNode, "log">, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    log("internal-error", { where: "statement for headquarters", text: String(error) });
    return undefined;
  }
}
