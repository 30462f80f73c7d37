const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * A new name that nobody else has: 26 letters and digits, 130 random bits. crypto.randomUUID is
 * missing where a page came without TLS, as consoles in a house network do.
 */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(26)), (b) => alphabet[b & 31]).join("");
}
