import type { Http } from './http.js'

/** BMCs behind a port forward name themselves by an address that we do not use; the path is what counts. */
export const onThisServer = (location: string | undefined, http: Http): string | undefined => {
  if (location === undefined || !URL.canParse(location, 'https://bmc.invalid')) return undefined
  const { pathname, search } = new URL(location, 'https://bmc.invalid')
  return http.pathOf(pathname + search)
}
