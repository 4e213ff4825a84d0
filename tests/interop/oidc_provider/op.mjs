// An OpenID provider for the tests of our relying party: npm's oidc-provider, certified, with its own pages for development.
//
//     node op.mjs PORT < configuration.json
//
// The configuration holds the client's id, return address, and secret or key set; nothing of it is an argument. Any name signs in with any
// password: the pages are the library's. A line "ready" is printed when it listens; it ends with its input.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const given = JSON.parse(readFileSync(0, 'utf8'));

const provider = new Provider(issuer, {
  clients: [{
    redirect_uris: [given.return_url],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    id_token_signed_response_alg: 'ES256',
    ...given.client,
  }],
  acrValues: ['1', '2'],
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], profile: ['name'] },
  cookies: { keys: [given.cookie_key] },
  features: {
    devInteractions: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: given.require_pushed },
  },
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'] },
  jwks: { keys: given.keys },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Name of ${id}` }) }),
});

createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('ready'));
