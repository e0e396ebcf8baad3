/**
 * The Kata handlers that the node layer in the vendor data would configure. A simulated server runs no scripts, but what
 * it was not told it does not have.
 */
export const handlersIn = (vendorData: string | undefined): string[] => {
  const script = scriptsIn(vendorData ?? '').find(text => text.includes('KM_HANDLERS='))
  const entries = /^KM_HANDLERS='([^']*)'$/m.exec(script ?? '')?.[1] ?? ''
  return entries
    .split(' ')
    .map(entry => entry.split(',')[0] ?? '')
    .filter(handler => handler !== '')
}

/** The bodies of a MIME message whose parts are in base64. */
const scriptsIn = (message: string): string[] =>
  [...message.matchAll(/Content-Transfer-Encoding: base64\n[^]*?\n\n([A-Za-z0-9+/=\n]+)\n--/g)].map(([, body]) =>
    Buffer.from(body ?? '', 'base64').toString('utf8'),
  )
