import 'reflect-metadata'
import { isIP } from 'node:net'
import { createPrivateKey, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  cryptoProvider,
} from '@peculiar/x509'

cryptoProvider.set(webcrypto)

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'

/** A new self-signed CA, valid from an hour ago for `days`. Times are milliseconds since the epoch. */
export const createAuthority = async (commonName: string, now: number, days = 3650): Promise<KeyPair> => {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + days * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return { cert: cert.toString('pem'), key: await privatePem(keys.privateKey) }
}

/**
 * A certificate for the given DNS names and IP addresses, signed by `authority`, for servers and clients. The key of the
 * authority may be of RSA or P-256, in any PEM form.
 */
export const issueCertificate = async (
  authority: KeyPair,
  subject: { commonName: string; organization?: string; hosts: readonly string[] },
  now: number,
  days = 397,
): Promise<KeyPair> => {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const issuer = new X509Certificate(authority.cert)
  const signing = await signingKey(authority.key)
  const cert = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `${subject.organization === undefined ? '' : `O=${subject.organization}, `}CN=${subject.commonName}`,
    issuer: issuer.subject,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + days * 86_400_000),
    signingAlgorithm: signing.algorithm,
    publicKey: keys.publicKey,
    signingKey: signing.key,
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      ...(subject.hosts.length === 0
        ? []
        : [
            new SubjectAlternativeNameExtension(
              subject.hosts.map(host => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
            ),
          ]),
    ],
  })
  return { cert: cert.toString('pem'), key: await privatePem(keys.privateKey) }
}

const serialNumber = (): string => {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01 // positive and without a leading zero (RFC 5280 4.1.2.2)
  return Buffer.from(bytes).toString('hex')
}

const privatePem = async (key: webcrypto.CryptoKey): Promise<string> =>
  PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const

const signingKey = async (
  pem: string,
): Promise<{ algorithm: typeof algorithm | typeof rsa; key: webcrypto.CryptoKey }> => {
  const key = createPrivateKey(pem)
  const kind = key.asymmetricKeyType === 'rsa' ? rsa : algorithm
  const der = key.export({ type: 'pkcs8', format: 'der' })
  return { algorithm: kind, key: await webcrypto.subtle.importKey('pkcs8', der, kind, false, ['sign']) }
}
