import { KatametalError } from '../base/errors.js'

/** How the TLS connection to an API server is made; PEM. */
export interface ApiTls {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** The name the certificate must have, when it is not the host of the URL. */
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** Where an API server is and how to be let in. Holds secrets: never log it. */
export interface ApiAccess {
  /** https URL without a slash at the end. */
  readonly server: string
  /** The namespace for objects that name none. */
  readonly namespace: string
  readonly tls: ApiTls
  /** The headers for one request; asked before each, so that tokens may change. */
  authorize(): Promise<Record<string, string>>
}

/** What is needed to reach an API server without a kubeconfig. */
export interface ApiCredentials {
  readonly server: string
  /** PEM. Absent: the CAs that Node.js trusts. */
  readonly ca?: string
  readonly token?: string
  readonly cert?: string
  readonly key?: string
  readonly namespace?: string
  readonly servername?: string
  readonly insecure?: boolean
}

/** Access with fixed credentials. KubeconfigInvalid when the server is not an https URL. */
export const directApiAccess = (credentials: ApiCredentials): ApiAccess => {
  const { ca, cert, key, servername, token } = credentials
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return {
    server: checkedServer(credentials.server),
    namespace: credentials.namespace ?? 'default',
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(credentials.insecure === true ? { rejectUnauthorized: false } : {}),
    },
    authorize: () => Promise.resolve({ ...headers }),
  }
}

/** The URL without slashes at its end. KubeconfigInvalid unless it is https: credentials do not travel in the clear. */
export const checkedServer = (server: string): string => {
  if (!URL.canParse(server)) throw new KatametalError('KubeconfigInvalid', { about: 'server', seen: 'not a URL' })
  const url = new URL(server)
  if (url.protocol !== 'https:')
    throw new KatametalError('KubeconfigInvalid', { about: 'server', seen: `${url.protocol}// instead of https://` })
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
