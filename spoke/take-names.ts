import { parseNames } from "#shared/link/names-update.js";
import { delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { applyNames } from "./directory/names-update.ts";
import type { SpokeNode } from "./node.ts";

/**
 * The hub's list of names, durable in the directory before it is confirmed. What cannot be used is refused for good: the
 * hub then knows that this office holds something else, and sends a full copy next time.
 */
export function takeNames({ directory, log }: Pick<SpokeNode, "directory" | "log">, content: Uint8Array): Outcome {
  const parsed = parseNames(content);
  if ("problem" in parsed) return refused(log, "5.5.2", parsed.problem);
  const { update } = parsed;
  const { version, from } = update;
  const change = applyNames(directory, update);
  if (change.kind === "apart") {
    const basis = from === undefined ? "its checksum is wrong" : `it builds on version ${from}, which is not here`;
    return refused(log, "5.5.4", `the list of names of version ${version} cannot be used: ${basis}`);
  }
  const names = change.kind === "held" ? change.count : 0;
  log("directory-update", { list: "names", version, names });
  return delivered(change.kind === "held" ? `${names} names of version ${version} held` : "list of names forgotten");
}

function refused(log: SpokeNode["log"], status: string, text: string): Outcome {
  log("directory-update", { list: "names", outcome: "refused", text });
  return failed(status, text);
}
