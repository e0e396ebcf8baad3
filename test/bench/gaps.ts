import type { Request, Timeline } from './timeline.js'

/**
 * For each command to the BMC: the time since the newest thing that the manager had learned before it, which is the
 * end of a BMC answer, a message from the server, or an edit of the spec. Milliseconds.
 */
export const commandGaps = ({ requests, messages }: Pick<Timeline, 'requests' | 'messages'>): number[] => {
  const learned = [...requests.map(({ to }) => to), ...messages.map(({ time }) => time)].sort((a, b) => a - b)
  return requests
    .filter(({ command }) => command)
    .flatMap(({ from }) => {
      const newest = learned.findLast(time => time <= from)
      return newest === undefined ? [] : [from - newest]
    })
}

/** How a command followed on an outcome. Milliseconds. */
export interface Turn {
  readonly what: string
  /** From the outcome until the first answer of the BMC that could show it, or the message that told it. */
  readonly noticed: number
  /** From then until the command was sent: the manager's part. */
  readonly decided: number
}

/**
 * For each outcome on the server that led to a command before anything else happened: how long it took to be noticed,
 * which depends on polling, and from then to the command, which includes reading the state again and writing it down.
 */
export const turnsOf = ({
  requests,
  outcomes,
  messages,
}: Pick<Timeline, 'requests' | 'outcomes' | 'messages'>): Turn[] => {
  const triggers = [
    ...outcomes.map(moment => ({ ...moment, told: false })),
    ...messages.map(moment => ({ ...moment, told: true })),
  ].sort((a, b) => a.time - b.time)
  return triggers.flatMap(({ time, what, told }, index) => {
    const until = triggers[index + 1]?.time ?? Number.POSITIVE_INFINITY
    const command = requests.find(request => request.command && request.from >= time && request.from < until)
    if (command === undefined) return []
    const known = told ? time : firstAnswer(requests, time, command)
    return known === undefined ? [] : [{ what, noticed: known - time, decided: command.from - known }]
  })
}

/** The end of the first read that began at `time` or later, if it was over before `command` was sent. */
const firstAnswer = (requests: readonly Request[], time: number, command: Request): number | undefined =>
  requests
    .filter(({ method, from, to }) => method === 'GET' && from >= time && to <= command.from)
    .map(({ to }) => to)
    .sort((a, b) => a - b)[0]
