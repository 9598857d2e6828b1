import { CLASSES, type ParcelClass } from "./parcel.ts";

/** In which order parcels go (pure): by class, then what is begun, then by size; with age, so that nothing starves. */
export interface RankedOffer {
  readonly key: string;
  readonly class: ParcelClass;
  /** As stored. */
  readonly bytes: number;
  readonly waitedMs: number;
  /** A part of it has crossed. */
  readonly begun: boolean;
}

/** Each day of waiting lifts a message by one class: after three even the largest goes before a new letter. */
const PROMOTED_EACH_MS = 86_400_000;

/** The keys, first to go first. */
export function rank(offers: readonly RankedOffer[]): readonly string[] {
  return offers
    .map((offer) => ({ offer, level: levelOf(offer) }))
    .sort((one, two) => one.level - two.level || compare(one.offer, two.offer))
    .map(({ offer }) => offer.key);
}

/** What may cross on a line at all. */
export function allowedOn(line: {
  readonly maxMessage?: number;
  readonly classes?: readonly ParcelClass[];
}): (parcelClass: ParcelClass, bytes: number) => boolean {
  const most = line.maxMessage ?? Number.POSITIVE_INFINITY;
  return (parcelClass, bytes) => bytes <= most && (line.classes === undefined || line.classes.includes(parcelClass));
}

/** Below the first class stands what has waited longer still: the oldest first, whatever its size. */
function levelOf({ class: parcelClass, waitedMs }: RankedOffer): number {
  return CLASSES.indexOf(parcelClass) - Math.floor(waitedMs / PROMOTED_EACH_MS);
}

function compare(one: RankedOffer, two: RankedOffer): number {
  return (
    Number(two.begun) - Number(one.begun) ||
    one.bytes - two.bytes ||
    two.waitedMs - one.waitedMs ||
    (one.key < two.key ? -1 : 1)
  );
}
