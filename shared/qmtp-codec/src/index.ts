export { encodeNetstring } from "./netstring.ts";
export { encodePackage, packageHead, packageSize, packageTail } from "./package.ts";
export { PackageDecoder } from "./package-decoder.ts";
export type { AddressProblem, PackageEvent } from "./package-event.ts";
export { DEFAULT_LIMITS, type DecoderLimits } from "./package-limits.ts";
export { encodeReply, type ReplyLetter } from "./reply.ts";
export { ReplyDecoder, type ReplyEvent, type ReplyLimits } from "./reply-decoder.ts";
