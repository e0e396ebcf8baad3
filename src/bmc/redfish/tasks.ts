import type { MessageMeanings } from '../vendors.js'
import type { TaskState } from './client.js'
import { hasMeaning, messagesOf, summary } from './errors.js'
import type { HttpAnswer } from './http.js'
import { array, type JsonObject, link, number, text } from './resource.js'

/**
 * The link to the task, task monitor or job that carries a write on: the Location, else what the body names. Without
 * 202 only what is plainly a task counts, since Location also stands beside things that were created.
 */
export const taskLink = (answer: HttpAnswer): string | undefined => {
  const { body, status } = answer
  const location = answer.header('location')
  if (status === 202)
    return location ?? text(body, 'TaskMonitor') ?? link(body, 'TaskMonitor') ?? link(body) ?? link(body, 'Task')
  if (location !== undefined && isTaskPath(location)) return location
  return isTaskType(body) ? link(body) : undefined
}

/** What a look at a task said. `path` is where it was looked at. */
export const taskState = (answer: HttpAnswer, path: string, meanings: MessageMeanings): TaskState => {
  const { body, status } = answer
  const messages = messagesOf(body)
  const said = summary(messages)
  const state = (is: TaskState['state'], seen: string): TaskState => ({
    path,
    state: is,
    percent: number(body, 'PercentComplete'),
    seen: said === undefined ? seen : `${seen}: ${said}`,
  })
  const handover = messages.find(one => meanings.handover.has(one.key.toLowerCase()))?.args.find(isTaskPath)
  if (handover !== undefined) return { ...state('Running', 'handed over'), path: handover }
  // HPE ends a monitor with an error object that says Success, under whatever status.
  if (body !== undefined && 'error' in body && hasMeaning(messages, meanings.success)) return state('Done', 'Success')
  if (status === 404 || status === 410) return state('Gone', `HTTP ${status}`)
  if (status >= 400 || (body !== undefined && 'error' in body)) return state('Failed', `HTTP ${status}`)
  const word = text(body, 'TaskState') ?? text(body, 'JobState')
  if (word === undefined) return state(status === 202 ? 'Running' : 'Done', `HTTP ${status}`)
  return state(meaningOf(word, body), word)
}

const meaningOf = (word: string, body: JsonObject | undefined): TaskState['state'] => {
  if (failedWords.has(word.toLowerCase())) return 'Failed'
  if (!doneWords.has(word.toLowerCase())) return 'Running'
  const health = text(body, 'TaskStatus') ?? text(body, 'JobStatus')
  return health === 'Critical' ? 'Failed' : 'Done'
}

/** Of Task.TaskState, Job.JobState and the words of Dell's jobs. */
const doneWords = new Set(['completed', 'rebootcompleted'])
const failedWords = new Set([
  'killed',
  'exception',
  'cancelled',
  'interrupted',
  'invalid',
  'failed',
  'completedwitherrors',
  'rebootfailed',
  'useractionrequired',
])

const isTaskPath = (path: string): boolean => /\/(tasks?|taskmonitors?|jobs?)\//i.test(path)

const isTaskType = (body: JsonObject | undefined): boolean =>
  /^#(Dell)?(Task|Job)\./.test(text(body, '@odata.type') ?? '') && array(body, 'Members').length === 0
