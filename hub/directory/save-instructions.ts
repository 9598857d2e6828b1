import { routeRecipient } from "#hub/routing/route.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { parseInstructions } from "#shared/mail/instructions.js";
import type { Directory } from "./directory.ts";
import type { InstructionRecord } from "./instructions.ts";
import { refuse } from "./refusal.ts";

/**
 * The door by which people's instructions enter the directory: none that lead nowhere, and programs only where they are
 * allowed. Throws `Refusal`, and the old ones stay.
 */
export function saveInstructions(
  directory: Directory,
  view: DirectoryView,
  person: string,
  extension: string,
  text: string,
): InstructionRecord {
  return directory.transaction(() => {
    const saved = directory.instructions.set(person, extension, text);
    const what = `Cannot set the instructions of ${saved.person}`;
    const parsed = parseInstructions(saved.text);
    for (const one of Array.isArray(parsed) ? parsed : []) {
      if (one.kind === "program" && !view.programs) refuse("bad", `${what}: ${programsRefused(one.command)}`);
      if (one.kind !== "forward") continue;
      const { destinations, text: why } = routeRecipient(view, one.address, { relay: true });
      if (destinations.length === 0) refuse("bad", `${what}: ${one.address} leads nowhere: ${why}`);
    }
    return saved;
  });
}

/** The cure stands in hub.toml, not here. */
export function programsRefused(command: string): string {
  return `${JSON.stringify(command)} is a program, and programs are not allowed: set programs.allow and programs.user in hub.toml first`;
}
