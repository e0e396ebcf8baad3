import { spawn, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../../src/base/certificates.js'
import { packageRoot } from '../../src/base/package-root.js'
import { type PhoneHome, phoneHomeSchema } from '../../src/deploy/protocol.js'

const program = join(packageRoot(), 'config', 'first-boot', 'report.py')
const noPython = spawnSync('python3', ['--version']).error !== undefined

let root: string
let server: Server
let url: string
let ca: string
/** What the manager answers, one after the other; the last one again and again. */
let answers: number[]
let heard: { authorization: string | undefined; report: PhoneHome }[]

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}
const read = (path: string): Promise<string | undefined> => readFile(join(root, path), 'utf8').catch(() => undefined)

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'katametal-first-boot-'))
  answers = [200]
  heard = []
  const authority = await createAuthority('first boot test', Date.now())
  const certificate = await issueCertificate(authority, { commonName: 'manager', hosts: ['127.0.0.1'] }, Date.now())
  ca = authority.cert
  server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const report = phoneHomeSchema.parse(JSON.parse(Buffer.concat(chunks).toString()))
      heard.push({ authorization: request.headers.authorization, report })
      response.writeHead((answers.length > 1 ? answers.shift() : answers[0]) ?? 500).end('{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/operations/op/phone-home`
  await write('/bin/mount', '#!/bin/sh\nexit 0\n')
  for (const name of ['umount', 'systemctl'])
    await write(`/bin/${name}`, `#!/bin/sh\necho "${name} $*" >>"${root}/calls"\n`)
  await write('/bin/hostname', '#!/bin/sh\necho 192.0.2.7 2001:db8::7\n')
  for (const name of ['mount', 'umount', 'systemctl', 'hostname']) await chmod(join(root, 'bin', name), 0o755)
  await write(
    '/run/katametal/drive/katametal.json',
    JSON.stringify({ phoneHomeURL: url, phoneHomeToken: 'secret-token', ca }),
  )
  await write('/run/katametal/drive/user-data', '#cloud-config\njoin: geheim\n')
  await write('/run/cloud-init/result.json', '{"v1": {"errors": []}}')
  await write('/proc/cpuinfo', 'flags : fpu vmx\n')
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(root, { recursive: true, force: true })
})

const run = async (): Promise<{ code: number | null; out: string }> => {
  const child = spawn('python3', [program], {
    env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, KATAMETAL_ROOT: root },
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, out }
}

describe.skipIf(noPython)('the report of the first boot', () => {
  it('tells what the running system shows, with the token, to the manager with the right certificate', async () => {
    const { code, out } = await run()
    expect(code, out).toBe(0)
    expect(heard).toHaveLength(1)
    expect(heard[0]?.authorization).toBe('Bearer secret-token')
    expect(heard[0]?.report).toMatchObject({
      bootstrap: 'succeeded',
      addresses: ['192.0.2.7', '2001:db8::7'],
      virtualization: { cpuFlag: true, kvm: false, iommuGroups: 0, sriovTotalVFs: 0 },
    })
  })

  it('leaves nothing secret on the drive once it was taken, and switches itself off', async () => {
    await run()
    expect(await read('/run/katametal/drive/user-data')).toBe('#cloud-config\n{}\n')
    expect(await read('/run/katametal/drive/katametal.json')).toBeUndefined()
    expect(await read('/calls')).toContain('systemctl disable katametal-first-boot.service')
  })

  it('is sent again until it is taken', async () => {
    answers = [503, 200]
    await run()
    expect(heard).toHaveLength(2)
  })

  it('is given up when the operation is over', async () => {
    answers = [410]
    expect((await run()).code).toBe(0)
    expect(heard).toHaveLength(1)
  })

  it('goes to nobody whose certificate another authority signed', async () => {
    const other = await createAuthority('another', Date.now())
    await write(
      '/run/katametal/drive/katametal.json',
      JSON.stringify({ phoneHomeURL: url, phoneHomeToken: 'secret-token', ca: other.cert }),
    )
    const child = spawn('python3', ['-u', program], {
      env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, KATAMETAL_ROOT: root },
    })
    const said = await new Promise<string>(resolve => {
      let line = ''
      child.stdout.on('data', (chunk: Buffer) => {
        line += chunk.toString()
        if (line.includes('\n')) resolve(line)
      })
    })
    child.kill()
    await new Promise(resolve => child.on('close', resolve))
    expect(said).toContain('CERTIFICATE_VERIFY_FAILED')
    expect(heard).toEqual([])
  })

  it('says that the bootstrap failed when Cluster API left no sentinel, whatever cloud-init thinks', async () => {
    await write(
      '/var/lib/cloud/instance/user-data.txt',
      'runcmd: kubeadm join && echo success > /run/cluster-api/bootstrap-success.complete',
    )
    await write('/var/log/cloud-init-output.log', 'kubeadm: preflight failed\n')
    await run()
    expect(heard[0]?.report).toMatchObject({ bootstrap: 'failed' })
    expect(heard[0]?.report.log).toMatch(/ended without \/run\/cluster-api.*preflight failed/s)
    expect(await read('/run/katametal/drive/user-data'), 'kept for another try').toContain('geheim')
    await write('/run/cluster-api/bootstrap-success.complete', 'success')
    await run()
    expect(heard[1]?.report.bootstrap).toBe('succeeded')
  })

  it('gives the reason of the node layer first (fact 20)', async () => {
    await write('/run/katametal/node-layer.failed', '/dev/kvm is missing\n')
    await write('/run/cloud-init/result.json', '{"v1": {"errors": ["scripts_vendor failed"]}}')
    await run()
    expect(heard[0]?.report.log).toMatch(/^\/dev\/kvm is missing/)
  })

  it('says what cloud-init found wrong when there is nothing better', async () => {
    await write('/run/cloud-init/result.json', '{"v1": {"errors": ["module failed"]}}')
    await run()
    expect(heard[0]?.report).toMatchObject({ bootstrap: 'failed', log: expect.stringContaining('module failed') })
  })

  it('ends quietly when the drive names no manager', async () => {
    await rm(join(root, 'run/katametal/drive/katametal.json'))
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out).toContain('names no manager')
  })
})
