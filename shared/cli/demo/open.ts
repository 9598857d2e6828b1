import type { Stage } from "../demo.ts";
import { OFFICES } from "./cast.ts";
import type { Sealed } from "./compose.ts";
import { post } from "./post.ts";

/** The first window of every office: it brings the office its people. */
export async function introduce({ star }: Stage): Promise<void> {
  await Promise.all(OFFICES.map((office) => star.openWindow(office)));
}

/** Posts a letter, and tells the teller which mail id is whose. */
export async function postAndKnow({ star, teller, signal }: Stage, sealed: Sealed): Promise<void> {
  const { from, to, subject } = sealed.letter;
  const id = await post(star, sealed, signal);
  teller.know(id, { from, to: to.join(", "), subject });
}
