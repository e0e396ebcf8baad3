import type { Inspection } from './inspections.js'
import type { Figure } from './report.js'

/** Two lines for each tree: GETs and time, with their ratios to those of sushy where it was there to compare with. */
export const inspectionFigures = (inspections: readonly Inspection[]): Figure[] =>
  inspections.flatMap(({ tree, katametal, sushy }) => [
    compared(`inspection of ${tree}: GETs`, katametal.gets, sushy?.gets, ''),
    compared(`inspection of ${tree}: time`, katametal.milliseconds, sushy?.milliseconds, ' ms'),
  ])

const compared = (figure: string, ours: number, theirs: number | undefined, unit: string): Figure => {
  const own = `${Math.round(ours)}${unit}`
  if (theirs === undefined) return { figure, seen: own }
  return {
    figure,
    seen: `${own}, sushy ${Math.round(theirs)}${unit}, ratio ${(ours / theirs).toFixed(2)}`,
    wanted: { limit: '< sushy', met: ours < theirs },
  }
}
