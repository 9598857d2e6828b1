import type { Stay, Trace, TracedOrigin } from "#shared/queue/trace.js";

/**
 * The hub's trace keeps only what concerns offices: all of the mail that came from one, and of other mail the
 * recipients whose way leads to one. Everything else never reaches the database, so that mail between headquarters
 * and the Internet costs nothing.
 */
export function officeTrace(trace: Trace): Trace {
  return {
    accepted: (mail) => {
      const recipients = isFromOffice(mail.origin)
        ? mail.recipients
        : mail.recipients.filter(({ stays }) => stays.some(leadsToOffice));
      if (recipients.length > 0) trace.accepted({ ...mail, recipients });
    },
    passed: (passage) => {
      if (isFromOffice(passage.origin)) {
        trace.passed(passage);
        return;
      }
      const kept = passage.moves.map((move) => ({ ...move, to: move.to.filter(leadsToOffice) }));
      const moves = kept.filter(({ to }) => to.length > 0);
      if (moves.length > 0) trace.passed({ ...passage, moves });
    },
    settled: (settling) => {
      const { origin, place, outcomes } = settling;
      // What failed in sorting may be known; what was sorted has passed on, and is.
      const trouble = place === "sorting" && outcomes.some(({ outcome }) => outcome.kind !== "delivered");
      if (isFromOffice(origin) || isOffice(place) || trouble) trace.settled(settling);
    },
    prune: (now) => trace.prune(now),
  };
}

function isFromOffice({ link, office }: TracedOrigin): boolean {
  return link !== undefined || office !== undefined;
}

function leadsToOffice({ place, bound = [] }: Stay): boolean {
  return isOffice(place) || bound.some(isOffice);
}

function isOffice(place: string): boolean {
  return place.startsWith("office/");
}
