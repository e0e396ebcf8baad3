export const powerVerbs = ['status', 'on', 'off', 'graceful-off', 'restart'] as const

/** What `katametal bmc power` takes; off and restart are forced, graceful-off asks the operating system. */
export type PowerVerb = (typeof powerVerbs)[number]
