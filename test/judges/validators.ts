import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { judgeFile, judgeProgram } from './installed.js'
import type { JudgedBmc } from './judged-bmc.js'
import { runProgram } from './run-program.js'
import { readFailures, readTotals, type Totals } from './totals.js'

export interface Verdict {
  readonly totals: Totals
  readonly failures: readonly string[]
}

/** Every resource against the schemas of DMTF. Its spreadsheet, which takes minutes, is left out. */
export const runServiceValidator = (judged: JudgedBmc): Promise<Verdict> =>
  runValidator(judged, judgeProgram('python'), [
    '-c',
    `import sys, redfish_service_validator.report as report
report.xlsx_report = lambda *args, **options: "left out"
from redfish_service_validator.console_scripts import main
sys.exit(main())`,
    ...['--schema_directory', judgeFile('csdl'), '--skipschema', '--nooemcheck'],
  ])

/** The capabilities that OpenStack Ironic asks for. */
export const runInteropValidator = (judged: JudgedBmc): Promise<Verdict> =>
  runValidator(judged, judgeProgram('rf_interop_validator'), [], [judgeFile('profile.json')])

const runValidator = async (
  { url, user, password, folder, env }: JudgedBmc,
  program: string,
  before: readonly string[],
  after: readonly string[] = [],
): Promise<Verdict> => {
  const login = ['-r', url, '-u', user, '-p', password, '--authtype', 'Session', '--logdir', join(folder, 'log')]
  const { stdout, stderr } = await runProgram(program, [...before, ...login, ...after], { folder, env })
  const logs = (await readdir(folder, { recursive: true })).filter(name => /Debug.*\.log$/.test(name))
  const log = await Promise.all(logs.map(name => readFile(join(folder, name), 'utf8')))
  return { totals: readTotals(stdout + stderr), failures: readFailures(log.join('\n')) }
}
