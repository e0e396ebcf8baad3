/**
 * A URL as it may be shown: of the path only the name of a file at its end, as the path of a boot medium holds a
 * one-time token; neither user and password nor query. What is no URL is shown as it is, without what looks like one.
 */
export const shownURL = (text: string): string => {
  if (!URL.canParse(text)) return text.includes('://') ? '(unreadable URL)' : text
  const { protocol, host, pathname } = new URL(text)
  const parts = pathname.split('/').filter(part => part !== '')
  const file = parts.at(-1) ?? ''
  const shown = /\.[a-z0-9]{1,5}$/i.test(file) ? file : parts.length === 0 ? '' : '...'
  return `${protocol}//${host}/${parts.length > 1 && shown !== '...' ? `.../${shown}` : shown}`
}
