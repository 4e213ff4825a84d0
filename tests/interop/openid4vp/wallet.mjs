// A wallet by @openid4vc/openid4vp, dcql and @sd-jwt: takes a request's link and a credential as JSON on its input, resolves the request, looks whether the
// credential answers the query, and says what it would post.
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { setGlobalConfig } from '@openid4vc/utils'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { DcqlQuery } from 'dcql'
import { CompactEncrypt, importJWK } from 'jose'
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

const told = JSON.parse(readFileSync(0, 'utf8'))
const base64url = (octets) => Buffer.from(octets).toString('base64url')
const own = createPrivateKey({ key: Buffer.from(told.key, 'base64'), format: 'der', type: 'pkcs8' })
const unused = (name) => () => {
  throw new Error(`${name} was not expected`)
}
setGlobalConfig({ allowInsecureUrls: true })

const client = new Openid4vpClient({
  callbacks: {
    hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    fetch: unused('fetch'),
    signJwt: unused('signJwt'),
    verifyJwt: unused('verifyJwt'),
    decryptJwe: unused('decryptJwe'),
    getX509CertificateMetadata: unused('getX509CertificateMetadata'),
    encryptJwe: async (encryptor, plaintext) => {
      const key = await importJWK(encryptor.publicJwk, encryptor.alg)
      const header = { alg: encryptor.alg, enc: encryptor.enc, kid: encryptor.publicJwk.kid }
      const making = new CompactEncrypt(new TextEncoder().encode(plaintext)).setProtectedHeader(header)
      const parties = {}
      for (const each of ['apu', 'apv']) if (encryptor[each]) parties[each] = Buffer.from(encryptor[each], 'base64url')
      if (Object.keys(parties).length) making.setKeyManagementParameters(parties)
      return { jwe: await making.encrypt(key), encryptionJwk: encryptor.publicJwk }
    },
  },
})
const library = new SDJwtVcInstance({
  hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  saltGenerator: (size) => base64url(randomBytes(size)),
  kbSignAlg: 'ES256',
  kbSigner: async (data) => base64url(sign('sha256', Buffer.from(data), { key: own, dsaEncoding: 'ieee-p1363' })),
})

try {
  const parsed = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: told.request })
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params })
  const asked = resolved.authorizationRequestPayload
  const query = DcqlQuery.parse(resolved.dcql.query)
  DcqlQuery.validate(query)
  const claims = await library.getClaims(told.credential)
  const held = { credential_format: 'dc+sd-jwt', vct: claims.vct, claims, cryptographic_holder_binding: true }
  const found = DcqlQuery.query(query, [held])
  const presentation = await library.present(told.credential, told.shown, {
    kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: asked.client_id, nonce: asked.nonce } },
  })
  const made = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked,
    authorizationResponsePayload: { vp_token: { [query.credentials[0].id]: [presentation] } },
    jarm: { encryption: { nonce: base64url(randomBytes(16)) }, serverMetadata: told.serverMetadata },
  })
  console.log(
    JSON.stringify({
      prefix: resolved.client.prefix ?? resolved.client.scheme,
      version: resolved.version,
      canBeSatisfied: found.can_be_satisfied ?? found.canBeSatisfied,
      response: made.jarm.responseJwt,
    }),
  )
} catch (error) {
  console.log(JSON.stringify({ error: String(error.stack ?? error) }))
}
