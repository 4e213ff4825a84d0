/**
 * Return an address without a slash at its end.
 * @param {string} url http or https, without user, query or fragment
 * @param {boolean} secret whether tokens or secrets go there; then in clear to this machine alone
 */
export function requireAddress(url: string, secret: boolean): string;
