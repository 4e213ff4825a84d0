// A wallet and a verifier by OpenWallet's @sd-jwt: takes a credential as JSON on its input, verifies it by the issuer's certificate, its
// status list and its type metadata, and answers with its claims and a presentation.
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

const told = JSON.parse(readFileSync(0, 'utf8'))
const base64url = (octets) => Buffer.from(octets).toString('base64url')
const joined = { dsaEncoding: 'ieee-p1363' }

// The library hands over what was signed without its header, which names the certificate: the caller says whose token it is.
const by = (token) => {
  const header = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
  if (header.alg !== 'ES256') throw new Error(`alg ${header.alg}`)
  const chain = header.x5c.map((each) => new X509Certificate(Buffer.from(each, 'base64')))
  if (!chain.every((each, place) => place === chain.length - 1 || each.verify(chain[place + 1].publicKey))) throw new Error('chain')
  if (!chain.at(-1).verify(new X509Certificate(Buffer.from(told.root, 'base64')).publicKey)) throw new Error('no path to the root')
  const key = { key: chain[0].publicKey, ...joined }
  return (data, signature) => verify('sha256', Buffer.from(data), key, Buffer.from(signature, 'base64url'))
}

const own = createPrivateKey({ key: Buffer.from(told.key, 'base64'), format: 'der', type: 'pkcs8' })
const fetched = { list: 0, type: 0 }
const library = new SDJwtVcInstance({
  hasher: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  saltGenerator: (size) => base64url(randomBytes(size)),
  verifier: by(told.credential),
  statusVerifier: by(told.status),
  statusListFetcher: async () => (fetched.list++, told.status),
  loadTypeMetadataFormat: true,
  vctFetcher: async (uri, integrity) => {
    fetched.type++
    const found = `sha256-${createHash('sha256').update(told.type).digest('base64')}`
    if (integrity !== found) throw new Error(`integrity ${integrity} of ${uri}, not ${found}`)
    return JSON.parse(told.type)
  },
  kbSignAlg: 'ES256',
  kbSigner: async (data) => base64url(sign('sha256', Buffer.from(data), { key: own, ...joined })),
  kbVerifier: async (data, signature, payload) =>
    verify('sha256', Buffer.from(data), { key: createPublicKey({ key: payload.cnf.jwk, format: 'jwk' }), ...joined }, Buffer.from(signature, 'base64url')),
})

try {
  const whole = await library.verify(told.credential)
  const presentation = await library.present(told.credential, told.shown, {
    kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: told.audience, nonce: told.nonce } },
  })
  const shown = await library.verify(presentation, { keyBindingNonce: told.nonce })
  const type = whole.typeMetadata && (whole.typeMetadata.mergedTypeMetadata ?? whole.typeMetadata)
  console.log(JSON.stringify({ claims: whole.payload, shown: shown.payload, presentation, fetched, type }))
} catch (error) {
  console.log(JSON.stringify({ error: String(error.message ?? error) }))
}
