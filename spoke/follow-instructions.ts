import type { Circles } from "#shared/mail/circles.js";
import { extendedName, type FoundInstructions } from "#shared/mail/instructions.js";
import { answeredAt, type Decision, type Step, together } from "./decisions.ts";

/** How instructions are followed from here. */
export interface Ways {
  /** Instructions that are being followed, or were. */
  readonly circles: Circles<Decision>;
  /** Into her mailbox, whatever she has said. */
  mailbox(before: readonly Step[]): Decision;
  /** To an address of hers. */
  route(address: string): Decision;
}

/**
 * What somebody wants done with mail that a colleague of her office has written (pure). Programs run at headquarters only:
 * where they are among it, the mailbox gets the mail.
 *
 * @param address as it was written to
 */
export function followInstructions(
  person: string,
  { record, instructions }: FoundInstructions,
  address: string,
  before: readonly Step[],
  ways: Ways,
): Decision {
  const name = extendedName(person, record);
  const noted = (says: string): Step[] => [...before, { rule: "instructions", record: name, says }];
  if (instructions.some(({ kind }) => kind === "program"))
    return ways.mailbox(noted("They name a program, which only headquarters runs: mail from here goes to the mailbox"));
  const seen = ways.circles.seen(name);
  if (seen !== undefined) return answeredAt(seen);
  const places = instructions.map((one) => (one.kind === "forward" ? one.address : "the mailbox"));
  const wanted = noted(`She wants it in ${places.join(", ")}`);
  const follow = (): Decision => {
    const parts = instructions.map((one) =>
      one.kind === "forward"
        ? { to: one.address, decision: ways.route(one.address) }
        : { to: "the mailbox", decision: ways.mailbox([]) },
    );
    return together(parts, address, wanted);
  };
  // Two who forward to each other: the mail stays with the one it was for.
  return ways.circles.follow(name, follow, () => ways.mailbox(wanted));
}
