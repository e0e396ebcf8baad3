import { join } from 'node:path'
import { freePorts } from './ports.js'
import type { BedParts } from './parts.js'

/** Starts etcd; whoever connects waits for it. Resolves with its URL. */
export const startEtcd = async ({ processes, folder, program }: Omit<BedParts, 'etcdURL'>): Promise<string> => {
  const [clientPort = 0, peerPort = 0] = await freePorts(2)
  const client = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  processes.start('etcd', program('etcd'), [
    '--name=bed',
    `--data-dir=${join(folder, 'etcd')}`,
    // The data is thrown away, and a sync for each write is most of the time of a test on a slow disk.
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=bed=${peer}`,
  ])
  return client
}
