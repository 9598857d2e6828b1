/** Why the directory would not take a change. A command turns it into an exit code, a page into a status. */
export type RefusalKind = "unknown" | "conflict" | "bad";

/**
 * A change that the directory refuses. It is thrown, not returned, because throwing is what rolls the
 * whole transaction back: a half-made change is never seen by the running hub. The message is for people.
 */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export function refuse(kind: RefusalKind, message: string): never {
  throw new Refusal(kind, message);
}
