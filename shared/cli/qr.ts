import { generate } from "lean-qr";

/** A QR code (ISO/IEC 18004) in half-height blocks, dark on light whatever the terminal's colours are. */
export function qrText(text: string): string {
  const code = generate(text);
  const lines: string[] = [];
  for (let y = -QUIET; y < code.size + QUIET; y += 2) {
    let line = "";
    for (let x = -QUIET; x < code.size + QUIET; x += 1)
      line += BLOCKS[(code.get(x, y) ? 1 : 0) + (code.get(x, y + 1) ? 2 : 0)];
    lines.push(`${DARK_ON_LIGHT}${line}${RESET}`);
  }
  return lines.join("\n");
}

/** Readers want four light modules around it (§6.3.8); two are enough on a screen and save the token's line its place. */
const QUIET = 2;
/** Upper and lower module: none, upper, lower, both. */
const BLOCKS = [" ", "▀", "▄", "█"];
const DARK_ON_LIGHT = "\x1b[30;107m";
const RESET = "\x1b[0m";
