/** `name : value` lines of ipmitool; a name that comes twice keeps its first value. */
const pairs = (stdout: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    const [, name, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined && value !== '' && !found.has(name)) found.set(name, value)
  }
  return found
}

/** What `mc info` says about the management controller. */
export interface ControllerFacts {
  readonly firmwareVersion: string | undefined
  readonly ipmiVersion: string | undefined
  /** IANA enterprise number. */
  readonly manufacturerId: number | undefined
  readonly manufacturer: string | undefined
  readonly product: string | undefined
}

export const parseControllerInfo = (stdout: string): ControllerFacts => {
  const facts = pairs(stdout)
  const id = Number.parseInt(facts.get('Manufacturer ID') ?? '', 10)
  return {
    firmwareVersion: facts.get('Firmware Revision'),
    ipmiVersion: facts.get('IPMI Version'),
    manufacturerId: Number.isNaN(id) ? undefined : id,
    manufacturer: known(facts.get('Manufacturer Name')),
    product: known(facts.get('Product Name')),
  }
}

/** What the FRU record of the server says; the product area speaks first, then board, then chassis. */
export interface FruFacts {
  readonly manufacturer: string | undefined
  readonly model: string | undefined
  readonly serialNumber: string | undefined
  readonly partNumber: string | undefined
  /** The chassis area by itself. */
  readonly chassis: {
    readonly type: string | undefined
    readonly serialNumber: string | undefined
    readonly partNumber: string | undefined
  }
}

export const parseFru = (stdout: string): FruFacts => {
  const facts = pairs(stdout)
  const first = (...names: readonly string[]) =>
    names.map(name => known(facts.get(name))).find(value => value !== undefined)
  return {
    manufacturer: first('Product Manufacturer', 'Board Mfg'),
    model: first('Product Name', 'Board Product'),
    serialNumber: first('Product Serial', 'Chassis Serial', 'Board Serial'),
    partNumber: first('Product Part Number', 'Chassis Part Number', 'Board Part Number'),
    chassis: {
      type: first('Chassis Type'),
      serialNumber: first('Chassis Serial'),
      partNumber: first('Chassis Part Number'),
    },
  }
}

/** Vendors fill what they do not know with words and zeros. */
const known = (value: string | undefined): string | undefined =>
  value === undefined ||
  /^(?:unknown\b.*|n\/?a|none|0+|x+|\.+|to be filled.*|default string|not specified)$/i.test(value)
    ? undefined
    : value
