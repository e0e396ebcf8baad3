import { allKinds } from '../../api/kinds.js'
import { errorTable } from '../../src/base/error-table.js'
import { hostMachine } from '../../src/controllers/host/lifecycle.js'
import { stepDescriptions } from '../../src/controllers/host/steps.js'
import { crdOf } from './crd.js'
import { errorsPage } from './errors.js'
import type { Files } from './files.js'
import { rbacFiles } from './rbac.js'
import { referencePage } from './reference.js'
import { type StepFacts, statechartPage } from './statechart.js'
import { yamlFile } from './yaml.js'

/** Everything that is generated, in memory. */
export const generate = (): Files =>
  new Map([
    ...allKinds.map(
      kind => [`config/crd/${kind.group}_${kind.plural}.yaml`, yamlFile('api/', crdOf(kind))] as [string, string],
    ),
    ...rbacFiles(),
    ['docs/reference/api.md', referencePage(allKinds)],
    ['docs/errors.md', errorsPage(errorTable)],
    ['docs/lifecycle-diagram.md', statechartPage(hostMachine, 'src/controllers/host/lifecycle.ts', describeHostStep)],
  ])

const describeHostStep = (place: string): StepFacts => {
  const description = stepDescriptions[place]
  if (description === undefined) throw new Error(`${place} has no description`)
  return description
}
