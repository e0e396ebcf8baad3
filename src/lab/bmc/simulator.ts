import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issueCertificate, type KeyPair } from '../../base/certificates.js'
import type { Clock } from '../../base/clock.js'
import { type Logger, silentLogger } from '../../base/log.js'
import { createBareMachine } from '../server/bare-machine.js'
import type { Board, PoweredMachine } from '../server/board.js'
import { Accounts, type Credentials } from './accounts.js'
import { type Behaviour, behaviourOf } from './behaviour.js'
import type { BmcContext } from './context.js'
import { Dispatcher } from './dispatch.js'
import { Faults } from './faults.js'
import { serveBmc } from './front.js'
import { Journal } from './journal.js'
import { BiosSettings } from './live/bios.js'
import { takeBootSource } from './live/boot.js'
import { firmwareFacts } from './live/firmware-facts.js'
import { FirmwareUpdate } from './live/firmware-update.js'
import { holdsCd, MediaSlots } from './live/media.js'
import { type Power, PowerControl } from './live/power.js'
import { applySecureBoot } from './live/secure-boot.js'
import { Subscriptions } from './live/subscriptions.js'
import { findParts } from './parts.js'
import { buildPersona, type PersonaName } from './personas/personas.js'
import { ResourceTree } from './resource-tree.js'
import { Sessions } from './sessions.js'
import { type BmcTimings, defaultBmcTimings, scaled } from './timings.js'
import { addWellKnown } from './well-known.js'
import { refuseUnknownMethod } from './wire.js'

export interface BmcSimulatorOptions {
  /** A persona of ours, or any tree; what the tree does not tell about its behaviour can be given too. */
  readonly persona: PersonaName | { readonly tree: ResourceTree; readonly behaviour?: Partial<Behaviour> }
  readonly credentials: Credentials
  readonly clock: Clock
  readonly log?: Logger
  readonly timings?: Partial<BmcTimings>
  /** What is switched on and off; a machine that finds nothing to boot when absent. */
  readonly server?: PoweredMachine
  /** 0 (any free port) when absent. */
  readonly port?: number
  /** False serves plain http; otherwise its certificate is signed by this authority, or by one of its own. */
  readonly tls?: { readonly authority: KeyPair } | false
}

/** A running BMC simulator on 127.0.0.1. */
export interface BmcSimulator {
  /** https://127.0.0.1:port */
  readonly url: string
  /** Metal3-style address of the system behind it, for BareMetalHost.spec.bmc.address. */
  readonly address: string
  /** PEM of the authority that signed its certificate, for clients that trust a bundle; empty for plain http. */
  readonly ca: string
  /** PEM of its certificate, and the SHA-256 fingerprint in lower-case hex; empty for plain http. */
  readonly certificate: string
  readonly fingerprint: string
  readonly tree: ResourceTree
  readonly faults: Faults
  readonly journal: Journal
  readonly power: Power
  /** Sessions that are open now. */
  readonly sessions: number
  /** Tokens of all sessions that there were; tests look for them where they must not be. */
  readonly sessionTokens: readonly string[]
  readonly bios: {
    readonly current: Readonly<Record<string, unknown>>
    readonly pending: Readonly<Record<string, unknown>>
  }
  /** Sets another user name and password. */
  changeCredentials(credentials: Credentials): void
  /** Closes all connections; the server behind it loses power. */
  stop(): Promise<void>
}

/** Starts a BMC simulator; it is ready when the promise resolves. */
export const startBmcSimulator = async (options: BmcSimulatorOptions): Promise<BmcSimulator> => {
  const { clock, credentials, log = silentLogger, port = 0 } = options
  const timings = scaled({ ...defaultBmcTimings, ...options.timings })
  const source = typeof options.persona === 'string' ? buildPersona(options.persona) : options.persona
  const tree = source.tree.overlay()
  addWellKnown(tree)
  const parts = findParts(tree)
  const cancels = new Set<() => void>()
  const after = (ms: number, run: () => void): (() => void) => {
    const cancel = clock.after(ms, () => {
      cancels.delete(cancel)
      run()
    })
    cancels.add(cancel)
    return () => {
      cancels.delete(cancel)
      cancel()
    }
  }
  const context: BmcContext = {
    tree,
    parts,
    behaviour: { ...behaviourOf(tree, parts), ...source.behaviour },
    clock,
    timings,
    journal: new Journal(clock),
    machine: options.server ?? createBareMachine(clock, 2000 / timings.speed),
    after,
  }
  const bios = new BiosSettings(context)
  const media = new MediaSlots(context)
  const power = new PowerControl(context)
  const update = new FirmwareUpdate(context)
  const accounts = new Accounts(context, credentials)
  const sessions = new Sessions(context, accounts)
  const collections = [sessions, accounts, new Subscriptions(context)]
  context.machine.attach(boardOf(context, bios, media, power), power.power === 'On')

  let restartingUntil = 0
  const restartManager = (): void => {
    context.journal.note('manager restart')
    sessions.clear()
    restartingUntil = clock.now() + timings.managerReset
  }
  const faults = new Faults(() => {
    const frozen = snapshotOf(tree)
    return path => frozen.body(path)
  })
  const serve = serveBmc({
    context,
    dispatcher: new Dispatcher(context, { power, media, bios, update, accounts, collections, restartManager }),
    sessions,
    faults,
    log,
    restarting: () => clock.now() < restartingUntil,
  })
  const authority =
    options.tls === false ? undefined : (options.tls?.authority ?? (await createAuthority('bmc authority', Date.now())))
  const pair = authority === undefined ? undefined : await certificateFrom(authority)
  const server: Server = pair === undefined ? createHttpServer(serve) : createHttpsServer(pair, serve)
  server.on('clientError', refuseUnknownMethod)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url: `${pair === undefined ? 'http' : 'https'}://${host}`,
    address: `${schemeOf(context, pair !== undefined)}://${host}${parts.system}`,
    ca: authority?.cert ?? '',
    certificate: pair?.cert ?? '',
    fingerprint: pair === undefined ? '' : fingerprintOf(pair.cert),
    tree,
    faults,
    journal: context.journal,
    get power() {
      return power.power
    },
    get sessions() {
      return sessions.open
    },
    sessionTokens: sessions.issued,
    bios,
    changeCredentials: given => {
      accounts.changeCredentials(given)
    },
    stop: async () => {
      for (const cancel of [...cancels]) cancel()
      cancels.clear()
      context.machine.powerOff()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const boardOf = (context: BmcContext, bios: BiosSettings, media: MediaSlots, power: PowerControl): Board => ({
  postStarted: () => {
    power.postStarted()
    // Where a job is needed for settings, it takes secure boot along; elsewhere that goes by itself.
    if (bios.apply() || context.behaviour.biosWrite !== 'job') applySecureBoot(context)
  },
  postEnded: () => {
    power.postEnded()
    bios.finish()
    return takeBootSource(context, media.cdImage)
  },
  firmware: () => firmwareFacts(bios.current),
  powerDown: () => {
    power.powerDown()
  },
})

/** `redfish-virtualmedia` where a CD can be inserted, else `redfish`; `+http` only for plain http. */
const schemeOf = ({ tree, parts }: BmcContext, secure: boolean): string =>
  `${parts.media.some(path => holdsCd(tree.body(path))) ? 'redfish-virtualmedia' : 'redfish'}${secure ? '' : '+http'}`

/** The tree as it is now; later changes of the original do not show. */
const snapshotOf = (tree: ResourceTree): ResourceTree => {
  const copy = new ResourceTree()
  for (const { path, body } of tree.entries()) if (body !== undefined) copy.put(path, body)
  return copy
}

// The validity of a certificate is checked against the clock of the machine, whatever clock the simulator runs on.
const certificateFrom = (authority: KeyPair): Promise<KeyPair> =>
  issueCertificate(authority, { commonName: 'bmc', hosts: ['localhost', '127.0.0.1'] }, Date.now())

const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
