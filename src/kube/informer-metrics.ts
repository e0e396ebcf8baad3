import type { Metrics } from '../base/metrics.js'
import type { ResourceType } from './types.js'

/** What an informer counts about itself; no work without a registry. */
export interface InformerCounts {
  objects(count: number): void
  listed(again: boolean): void
  missed(count: number): void
}

export const informerMetrics = (metrics: Metrics | undefined, { plural, group }: ResourceType): InformerCounts => {
  const resource = group === '' ? plural : `${plural}.${group}`
  const objects = metrics?.gauge('katametal_informer_objects', 'Objects in the local copy.', ['resource'])
  const relists = metrics?.counter('katametal_informer_relists_total', 'Lists after the first.', ['resource'])
  const missed = metrics?.counter(
    'katametal_informer_missed_events_total',
    'Objects that an audit found different though the watch had told nothing.',
    ['resource'],
  )
  return {
    objects: count => objects?.set({ resource }, count),
    listed: again => {
      if (again) relists?.inc({ resource })
    },
    missed: count => missed?.inc({ resource }, count),
  }
}
