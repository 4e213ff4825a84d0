// A relying party by openid-client (panva, certified), told what to do by lines of JSON on its input, answering each with one.
import * as client from 'openid-client'
import { createInterface } from 'node:readline'

const [issuer, clientId, clientSecret] = process.argv.slice(2)
const config = await client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(clientSecret), {
  execute: [client.allowInsecureRequests],
})
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
let login

const acts = {
  async begin({ redirect_uri, parameters }) {
    const verifier = client.randomPKCECodeVerifier()
    login = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() }
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri,
      state: login.expectedState,
      nonce: login.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    }, { DPoP })
    return { url: url.href }
  },
  async finish({ url }) {
    const tokens = await client.authorizationCodeGrant(config, new URL(url), login, undefined, { DPoP })
    return { tokens, claims: tokens.claims() }
  },
  async userinfo({ token, subject }) {
    return { claims: await client.fetchUserInfo(config, token, subject, { DPoP }) }
  },
  async refresh({ token }) {
    return { tokens: await client.refreshTokenGrant(config, token, undefined, { DPoP }) }
  },
  async own({ scope }) {
    return { tokens: await client.clientCredentialsGrant(config, { scope }, { DPoP }) }
  },
  async ask({ parameters }) {
    return { asked: await client.initiateBackchannelAuthentication(config, parameters) }
  },
  async poll({ asked }) {
    const tokens = await client.pollBackchannelAuthenticationGrant(config, asked, undefined, { DPoP })
    return { tokens, claims: tokens.claims() }
  },
  async introspect({ token }) {
    return { claims: await client.tokenIntrospection(config, token) }
  },
  async revoke({ token }) {
    await client.tokenRevocation(config, token)
    return {}
  },
  async logout({ hint, back }) {
    return { url: client.buildEndSessionUrl(config, { id_token_hint: hint, post_logout_redirect_uri: back }).href }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...given } = JSON.parse(line)
  let answer
  try {
    answer = await acts[act](given)
  } catch (error) {
    answer = { error: error.error ?? error.code ?? error.message, description: error.error_description ?? String(error.cause ?? '') }
  }
  console.log(JSON.stringify(answer))
}
