import type { WindowRecord } from "./directory/journal.ts";
import type { SpokeNode } from "./node.ts";

/**
 * What `status` tells of the link. History only: a disk that cannot take it must not keep mail from moving (P7), so
 * nothing here throws.
 */
export function noteContact(node: SpokeNode): void {
  quietly(node, () => node.directory.settings.set("lastContactAt", node.now()));
}

/** More than a window each minute of a month, whose sums a budget needs; 5 MB. */
const WINDOWS_KEPT = 50_000;

export function noteWindow(node: SpokeNode, window: WindowRecord): void {
  quietly(node, () => {
    node.directory.journal.add(window);
    node.directory.journal.prune(WINDOWS_KEPT);
  });
}

function quietly(node: SpokeNode, write: () => void): void {
  try {
    write();
  } catch (error) {
    node.log("internal-error", { where: "history", text: String(error) });
  }
}
