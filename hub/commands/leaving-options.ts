import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { parseDuration } from "#shared/cli/units.js";
import type { Leaving } from "./change-person.ts";
import type { Acting } from "./person-key.ts";

/** What `person remove` is told of somebody's mail. */
export interface RemoveOptions extends Acting {
  readonly forward?: string;
  readonly notice?: string;
  readonly for: string;
}

/** One line of an SMTP reply holds no more. */
const MAX_NOTICE = 400;

export function leavingOf({ forward, notice, for: time }: RemoveOptions): Leaving | undefined {
  const ms = parseDuration(time);
  if (!ms) throw new Failure(EXIT.usage, `Cannot take "--for ${time}": wanted a time such as 90d`);
  if (forward !== undefined && notice !== undefined)
    throw new Failure(EXIT.usage, "Give --forward or --notice, not both: forwarded mail is not refused");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it becomes part of an SMTP reply
  if (notice !== undefined && (notice.length > MAX_NOTICE || /[\x00-\x1f\x7f]/.test(notice)))
    throw new Failure(EXIT.badData, `Cannot take the notice: wanted one line of at most ${MAX_NOTICE} characters`);
  if (forward === undefined && notice === undefined) return undefined;
  return { ms, ...(forward === undefined ? {} : { forward }), ...(notice === undefined ? {} : { notice }) };
}
