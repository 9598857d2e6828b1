export function unwrapBase64(_plain: Uint8Array): Uint8Array | undefined { return undefined; }
export function rewrapBase64(unwrapped: Uint8Array, _limit: number): Uint8Array { return unwrapped; }
