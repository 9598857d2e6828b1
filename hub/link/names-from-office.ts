import { parseOfficeNames } from "#shared/link/office-names.js";
import { delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { diskTrouble } from "#shared/queue/disk-trouble.js";
import type { NamesContext } from "./names-for-office.ts";

/**
 * The names of an office's own aliases, durable in the directory before they are confirmed. They are final at its host, so
 * an office can speak for nobody but itself. What cannot be used is refused for good: it would be the same the next time.
 */
export function takeOfficeNames(
  { directory, log }: Pick<NamesContext, "directory" | "log">,
  office: string,
  content: Uint8Array,
): Outcome {
  const read = parseOfficeNames(content);
  if ("problem" in read) {
    log("directory-update", { list: "aliases", office, outcome: "refused", text: read.problem });
    return failed("5.5.2", read.problem);
  }
  try {
    directory.officeNames.replace(office, read.names);
  } catch (error) {
    return diskTrouble(error);
  }
  log("directory-update", { list: "aliases", office, names: read.names.length });
  return delivered(`${read.names.length} names of aliases noted`);
}
