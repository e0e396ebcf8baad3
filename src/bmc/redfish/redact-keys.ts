/** What a learned value is; decides its made-up counterpart. */
export type SensitiveKind = 'serial' | 'host' | 'user' | 'contact'

/**
 * By the last words of a key, as vendors put them together in many ways (`Users.2.SHA256Password`, `ChassisServiceTag`).
 */
const kinds: readonly (readonly [RegExp, SensitiveKind])[] = [
  [
    /(serial_?number|serialno|service_?tag|node_?id|express_?service_?code|asset_?(tag|number)|durable_?name|identification_?number|(^|\.)serial|board_?serial|license_?(list|id)|entitlement_?id)$/i,
    'serial',
  ],
  [
    /(host_?names?|fqdn|domain_?names?|dns_?rac_?name|dns_?name|common_?name|ntp_?servers?|smtp_?server|syslog_?servers?|service_?addresses)$/i,
    'host',
  ],
  [/(user_?names?|login_?name|account_?name|created_?by)$/i, 'user'],
  [
    /(contact_?(info|name|email)?|contact|e_?mail(_?address)?|postal_?address|street|rack_?name|room_?name|datacenter_?name|site_?name|location_?name|owner_?name|rack|room|building|aisle|data_?center|organi[sz]ation(al_?unit|_?name)?|locality|city)$/i,
    'contact',
  ],
]

/** What stands under a key, if it tells whose server it is. */
export const kindOf = (key: string, value: string): SensitiveKind | undefined => {
  // On Dell servers the service tag; on others the number of the product.
  if (key === 'SKU') return /^[A-Z0-9]{7}$/.test(value) ? 'serial' : undefined
  return kinds.find(([form]) => form.test(key))?.[1]
}

/** Passwords, their hashes and salts, keys, tokens, licences. The last word counts: `PasswordPolicy` is a setting. */
export const isSecretKey = (key: string): boolean =>
  /(passw(or)?d|passphrase|secret|token|community(_?name)?s?|salt|challenge|license_?(key|string)|(^|\.)licenses|(ipmi|v3|encryption|host|public|private|licen[cs]e|product|ssh|auth|priv|api|shared|kg)_?key|certificate_?string)$/i.test(
    key,
  )

/** Users that every BMC has, or that ship with one: they tell nothing. */
export const knownUsers: ReadonlySet<string> = new Set(
  'root admin administrator operator user guest anonymous userid sysadmin service support oem system console none null'.split(
    ' ',
  ),
)

/** What stands where there is no value: words of state, zeros, fill characters. */
export const placeholder = (text: string): boolean =>
  text.length < 2 ||
  /^[\s0.x*_?\-:]*$/i.test(text) ||
  /^(n\/?a|none|null|unknown|not (available|specified|present|set|supported|applicable)|to be filled.*|default( string)?|enabled?|disabled?|true|false|yes|no|on|off|auto|locked|unlocked|supported|unavailable|available|unspecified|localhost|empty|ok|public|no asset tag|asset ?tag|chassis serial( number)?|system serial( number)?|serial ?number|0123456789|1234567890|manager|system|embedded)$/i.test(
    text,
  )
