import { rfc3339 } from '../../../base/clock.js'
import type { BmcContext } from '../context.js'
import { type JsonObject, linkAt } from '../json.js'
import type { Message } from '../reply.js'

/** A configuration job as clients see it: a resource in each job collection and a task. */
export interface Job {
  readonly id: string
  readonly state: 'New' | 'Scheduled' | 'Running' | 'Completed'
  /** Paths under which it is served. */
  readonly paths: readonly string[]
  readonly task: string | undefined
}

const taskStates = {
  New: 'New',
  Scheduled: 'Pending',
  Running: 'Running',
  Completed: 'Completed',
} as const

/** The job queue of a BMC. At most one configuration job is open at a time. */
export class Jobs {
  readonly #context: BmcContext
  #open: Job | undefined
  #count = 0

  constructor(context: BmcContext) {
    this.#context = context
  }

  get open(): Job | undefined {
    return this.#open
  }

  /** Makes a job that waits for the next restart; `withTask` also makes a task of the same name. */
  create(withTask: boolean): Job {
    const { parts, clock, timings, journal, after } = this.#context
    const id = `JID_${String(Math.floor(clock.now() / 1000))}${String(++this.#count).padStart(2, '0')}`
    const job: Job = {
      id,
      state: 'New',
      paths: parts.jobs.map(collection => `${collection}/${id}`),
      task: withTask && parts.tasks !== undefined ? `${parts.tasks}/${id}` : undefined,
    }
    this.#publish(job)
    for (const collection of parts.jobs) this.#context.tree.changeMembers(collection, { add: `${collection}/${id}` })
    if (job.task !== undefined && parts.tasks !== undefined)
      this.#context.tree.changeMembers(parts.tasks, { add: job.task })
    journal.note(`job ${id} created`)
    after(timings.jobSchedule, () => {
      if (this.#open?.state === 'New') this.#publish({ ...this.#open, state: 'Scheduled' })
    })
    return job
  }

  /** Moves the open job on when it is at `from`; a finished job is no longer open. */
  advance(from: 'Scheduled' | 'Running', to: 'Running' | 'Completed'): void {
    if (this.#open?.state !== from) return
    this.#publish({ ...this.#open, state: to })
    if (to === 'Completed') this.#open = undefined
  }

  /** Whether `path` is the open job, or its task. */
  isOpen(path: string): boolean {
    const wanted = path.split('/').pop()
    return this.#open !== undefined && this.#open.id.toLowerCase() === wanted?.toLowerCase()
  }

  /** Removes a job from the queue (DELETE); its settings are dropped by the caller. */
  cancel(): void {
    const job = this.#open
    if (job === undefined) return
    this.#open = undefined
    for (const path of [...job.paths, ...(job.task === undefined ? [] : [job.task])]) {
      this.#context.tree.remove(path)
      this.#context.tree.changeMembers(path.replace(/\/[^/]*$/, ''), { remove: path })
    }
    this.#context.journal.note(`job ${job.id} deleted`)
  }

  #publish(job: Job): void {
    this.#open = job
    const { tree, clock } = this.#context
    for (const path of job.paths) tree.put(path, jobBody(path, job, rfc3339(clock.now())))
    if (job.task !== undefined) tree.put(job.task, taskBody(job.task, job, rfc3339(clock.now())))
  }

  /** A task that is done at once and says that a job has taken over (DSP0266 OperationTransitionedToJob). */
  handOver(job: Job): JsonObject {
    const { parts, tree, clock } = this.#context
    const path = `${parts.tasks ?? '/redfish/v1/TaskService/Tasks'}/${job.id}`
    const message: Message = {
      id: 'Base.1.8.OperationTransitionedToJob',
      text: 'The operation goes on as a job.',
      args: [...job.paths],
    }
    const body = {
      ...taskBody(path, { ...job, state: 'Completed' }, rfc3339(clock.now())),
      Messages: [{ MessageId: message.id, Message: message.text, MessageArgs: [...(message.args ?? [])] }],
    }
    tree.put(path, body)
    if (parts.tasks !== undefined) tree.changeMembers(parts.tasks, { add: path })
    return body
  }
}

const percentOf = (state: Job['state']): number => (state === 'Completed' ? 100 : state === 'Running' ? 50 : 0)

/** Collections of the vendor hold jobs of the vendor's shape, that of the job service holds jobs of the standard's. */
const jobBody = (path: string, job: Job, time: string): JsonObject => ({
  ...commonJobBody(path, job, time),
  ...(/\/oem\//i.test(path)
    ? { '@odata.type': '#DellJob.v1_4_0.DellJob', JobType: 'BIOSConfiguration', Message: jobMessages[job.state] }
    : { Messages: [{ MessageId: 'Base.1.8.Success', Message: jobMessages[job.state], MessageArgs: [] }] }),
})

const commonJobBody = (path: string, { id, state }: Job, time: string): JsonObject => ({
  '@odata.id': path,
  '@odata.type': '#Job.v1_0_4.Job',
  Id: id,
  Name: 'BIOS configuration',
  JobState: state,
  JobStatus: 'OK',
  PercentComplete: percentOf(state),
  StartTime: time,
})

const taskBody = (path: string, { id, state }: Job, time: string): JsonObject => ({
  '@odata.id': path,
  '@odata.type': '#Task.v1_4_3.Task',
  Id: id,
  Name: 'BIOS configuration',
  TaskState: taskStates[state],
  TaskStatus: 'OK',
  PercentComplete: percentOf(state),
  StartTime: time,
  Messages: [{ MessageId: 'Base.1.8.Success', Message: jobMessages[state], MessageArgs: [] }],
})

const jobMessages: Readonly<Record<Job['state'], string>> = {
  New: 'The job was taken.',
  Scheduled: 'The job waits for a restart of the server.',
  Running: 'The job is being done.',
  Completed: 'The job is done.',
}

/** The settings object that a client names when it makes a job by itself. */
export const targetOfJob = (body: JsonObject | undefined): string | undefined => {
  const target = body?.['TargetSettingsURI']
  return typeof target === 'string' ? target : linkAt(body, 'TargetSettingsURI')
}
