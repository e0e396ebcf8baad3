import type { Hardware } from './machine-spec.js'

const disk = (id: string, model: string, gb: number, protocol: string, rotational = false) => ({
  id,
  model,
  bytes: gb * 1_000_000_000,
  protocol,
  rotational,
})

/** Two sockets with 28 cores, 512 GiB, two 25 Gbit ports, a boot SSD pair and a large SSD. */
export const denseServer: Hardware = {
  processor: { model: 'Xeon Gold 6330 class CPU @ 2.00GHz', cores: 28, threads: 56, mhz: 3100 },
  sockets: 2,
  dimms: 8,
  dimmMiB: 65536,
  nics: [
    { id: '1', model: 'Two-port 25 GbE adapter', mbps: 25000 },
    { id: '2', model: 'Two-port 25 GbE adapter', mbps: 25000 },
  ],
  disks: [
    disk('0', 'Lab SATA SSD 480', 480, 'SATA'),
    disk('1', 'Lab SATA SSD 480', 480, 'SATA'),
    disk('2', 'Lab NVMe SSD 3840', 3840, 'NVMe'),
  ],
}

/** Two sockets with 16 cores, 256 GiB, two 10 Gbit ports, one SSD and one spinning disk. */
export const edgeServer: Hardware = {
  processor: { model: 'Xeon Silver 4314 class CPU @ 2.40GHz', cores: 16, threads: 32, mhz: 3400 },
  sockets: 2,
  dimms: 8,
  dimmMiB: 32768,
  nics: [
    { id: '1', model: 'Two-port 10 GbE adapter', mbps: 10000 },
    { id: '2', model: 'Two-port 10 GbE adapter', mbps: 10000 },
  ],
  disks: [disk('0', 'Lab SATA SSD 960', 960, 'SATA'), disk('1', 'Lab SAS HDD 2400', 2400, 'SAS', true)],
}
