import type { BmcRequest, Reply } from './reply.js'

/** A collection whose members clients make and remove: sessions, accounts, event subscriptions. */
export interface MemberService {
  /** Whether a POST to `path` makes a member. */
  isCollection(path: string): boolean
  create(request: BmcRequest): Reply
  /** Whether `path` is a member that a client can remove. */
  removes(path: string): boolean
  /** DELETE of a member; only called for what it {@link removes}. */
  delete(path: string): Reply
}
