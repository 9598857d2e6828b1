import type { Leaver } from "#hub/directory/departures.js";

/** Somebody who has left, while something is still done with her mail. */
export function leaverDocument({ name, forward, notice, leftAt, until }: Leaver) {
  return {
    ...{ name, left: true, leftAt: new Date(leftAt).toISOString(), until: new Date(until).toISOString() },
    ...(forward === undefined ? {} : { forward }),
    ...(notice === undefined ? {} : { notice }),
  };
}

export function leaverLines({ name, forward, notice, until }: Leaver): string {
  const becomes = forward === undefined ? `is refused: ${notice ?? "has left"}` : `goes on to ${forward}`;
  return `${name} has left; until ${new Date(until).toISOString().slice(0, 10)} mail for that name ${becomes}`;
}
