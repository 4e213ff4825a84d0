// A wallet by OpenWallet's @openid4vc: takes an offer's link as JSON on the first line of its input, fetches the credential, bound by
// DPoP or not, says that it was accepted, and answers with what it got; @sd-jwt reads it. Where the offer has its holder sign in, it
// answers with the address to go to, and reads the address he comes back to from the second line.
import { clientAuthenticationAnonymous, clientAuthenticationNone } from '@openid4vc/oauth2'
import { Openid4vciClient } from '@openid4vc/openid4vci'
import { setGlobalConfig } from '@openid4vc/utils'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import { createInterface } from 'node:readline'

setGlobalConfig({ allowInsecureUrls: true }) // on this machine alone

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const told = JSON.parse((await lines.next()).value)
const base64url = (octets) => Buffer.from(octets).toString('base64url')
const joined = { dsaEncoding: 'ieee-p1363' }
const own = createPrivateKey({ key: Buffer.from(told.key, 'base64'), format: 'der', type: 'pkcs8' })
const session = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey // what tokens are bound to
const jwkOf = (key) => createPublicKey(key).export({ format: 'jwk' })
const keys = [own, session].map((key) => ({ key, jwk: jwkOf(key) }))
const unused = async () => { throw new Error('not asked for') }

const client = new Openid4vciClient({
  callbacks: {
    hash: async (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    generateRandom: async (size) => randomBytes(size),
    signJwt: async (signer, { header, payload }) => {
      const { key, jwk } = keys.find((each) => each.jwk.x === signer.publicJwk.x)
      const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
      return { jwt: `${input}.${base64url(sign('sha256', Buffer.from(input), { key, ...joined }))}`, signerJwk: jwk }
    },
    verifyJwt: unused,
    decryptJwe: unused,
    encryptJwe: unused,
    clientAuthentication: told.client ? clientAuthenticationNone({ clientId: told.client }) : clientAuthenticationAnonymous(),
  },
})
const signer = (jwk) => ({ method: 'jwk', alg: 'ES256', publicJwk: jwk })

try {
  const credentialOffer = await client.resolveCredentialOffer(told.link)
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids
  const dpop = told.dpop ? { signer: signer(keys[1].jwk) } : undefined
  const preAuthorized = () => client.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode: told.txCode, dpop })
  const signedIn = async () => {
    const { scope } = issuerMetadata.credentialIssuer.credential_configurations_supported[credentialConfigurationId]
    const asked = { credentialOffer, issuerMetadata, clientId: told.client, redirectUri: told.back, scope }
    const { authorizationRequestUrl, pkce } = await client.createAuthorizationRequestUrlFromOffer({
      ...asked, dpop, additionalRequestPayload: { resource: credentialOffer.credential_issuer },
    })
    console.log(JSON.stringify({ url: authorizationRequestUrl }))
    const back = new URL((await lines.next()).value)
    return client.retrieveAuthorizationCodeAccessTokenFromOffer({
      ...asked, dpop, authorizationCode: back.searchParams.get('code'), pkceCodeVerifier: pkce.codeVerifier,
    })
  }
  const { accessTokenResponse, dpop: bound } = await (credentialOffer.grants.authorization_code ? signedIn() : preAuthorized())
  const accessToken = accessTokenResponse.access_token
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
  const { jwt } = await client.createCredentialRequestJwtProof({
    issuerMetadata, credentialConfigurationId, signer: signer(keys[0].jwk), nonce, clientId: told.client,
  })
  const { credentialResponse } = await client.retrieveCredentials({
    issuerMetadata, accessToken, credentialConfigurationId, proofs: { jwt: [jwt] }, dpop: bound,
  })
  const [{ credential }] = credentialResponse.credentials
  await client.sendNotification({
    issuerMetadata, accessToken, dpop: bound,
    notification: { notificationId: credentialResponse.notification_id, event: 'credential_accepted' },
  })
  const header = JSON.parse(Buffer.from(credential.split('.')[0], 'base64url'))
  const leaf = new X509Certificate(Buffer.from(header.x5c[0], 'base64')).publicKey
  const library = new SDJwtVcInstance({
    hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    hashAlg: 'sha-256',
    saltGenerator: (size) => base64url(randomBytes(size)),
    verifier: (data, signature) => verify('sha256', Buffer.from(data), { key: leaf, ...joined }, Buffer.from(signature, 'base64url')),
    statusListFetcher: async () => { throw new Error('the status is judged by another test') },
  })
  const claims = await library.getClaims(credential)
  console.log(JSON.stringify({ credential, claims, type: accessTokenResponse.token_type, display: issuerMetadata.credentialIssuer.display }))
} catch (error) {
  console.log(JSON.stringify({ error: `${error.name}: ${error.message} ${JSON.stringify(error.errorResponse ?? error.response ?? '')}` }))
}
process.exit(0) // its input may be open still
