import { CLASSES, type ParcelClass } from "./parcel.ts";
export interface RankedOffer {
  readonly key: string;
  readonly class: ParcelClass;
  readonly bytes: number;
  readonly waitedMs: number;
  readonly begun: boolean;
}
export function rank(offers: readonly RankedOffer[]): readonly string[] {
  const level = (one: RankedOffer): number =>
    Math.max(0, CLASSES.indexOf(one.class) - Math.floor(one.waitedMs / 86_400_000));
  return [...offers]
    .sort(
      (a, b) =>
        level(a) - level(b) || Number(b.begun) - Number(a.begun) || a.bytes - b.bytes || b.waitedMs - a.waitedMs,
    )
    .map(({ key }) => key);
}
export function allowedOn(line: {
  readonly maxMessage?: number;
  readonly classes?: readonly ParcelClass[];
}): (parcelClass: ParcelClass, bytes: number) => boolean {
  return (parcelClass, bytes) =>
    bytes <= (line.maxMessage ?? Number.POSITIVE_INFINITY) &&
    (line.classes === undefined || line.classes.includes(parcelClass));
}
