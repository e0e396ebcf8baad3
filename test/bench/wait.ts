/** Looks every 50 ms until `done`; throws, with what `describe` says, when it takes longer than `ms`. */
export const until = async (what: string, ms: number, done: () => boolean, describe: () => string): Promise<void> => {
  const end = Date.now() + ms
  while (!done()) {
    if (Date.now() > end) throw new Error(`waited ${Math.round(ms / 1000)} s in vain for ${what}\n${describe()}`)
    await pause(50)
  }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
