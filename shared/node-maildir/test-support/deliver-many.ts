// A delivering process: deliver-many.ts MAILDIR COUNT LABEL. The last line it prints is the number acknowledged.
import { Maildir } from "../src/maildir.ts";

/** As many as a busy server has sessions. */
const AT_ONCE = 20;

const [path = "", count = "0", label = ""] = process.argv.slice(2);
const maildir = new Maildir(path);
await maildir.create();
let next = 0;
let acknowledged = 0;
async function worker(): Promise<void> {
  while (next < Number(count)) {
    const text = `${label} ${next++}\n`;
    await maildir.deliver([Buffer.from(text)]);
    acknowledged++;
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker));
process.stdout.write(`${acknowledged}\n`);
