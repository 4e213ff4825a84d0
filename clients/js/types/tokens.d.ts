/**
 * Return a function that gives a valid token, asking for a new one shortly before the end of the last.
 * @param {object} client
 * @param {string} client.url the provider's token endpoint
 * @param {string} client.clientId
 * @param {string} client.clientSecret
 * @param {string} [client.resource] the service's name at the provider (RFC 8707)
 * @param {string} [client.scope] the permissions asked for; without, all the client is registered with
 * @param {typeof globalThis.fetch} [client.fetch]
 * @param {() => number} [client.now] milliseconds that never go back
 * @returns {(renew?: boolean) => Promise<string>}
 */
export function clientCredentials({ url, clientId, clientSecret, resource, scope, fetch, now, }: {
    url: string;
    clientId: string;
    clientSecret: string;
    resource?: string | undefined;
    scope?: string | undefined;
    fetch?: typeof globalThis.fetch | undefined;
    now?: (() => number) | undefined;
}): (renew?: boolean) => Promise<string>;
