/**
 * Return an address without a slash at its end.
 * @param {string} url https, or http to this machine, without user, query or fragment
 * @param {boolean} [inClear] whether http to any other is taken too: whoever is on the way then reads all and answers what he likes
 */
export function requireAddress(url: string, inClear?: boolean): string;
