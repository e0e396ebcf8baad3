import type { z } from 'zod'
import type { Resource } from './meta.js'

/** A column of `kubectl get` (apiextensions/v1 CustomResourceColumnDefinition). */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly jsonPath: string
  readonly description?: string
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: 0 | 1
}

/** A CEL rule on the whole object, on `spec` or elsewhere (x-kubernetes-validations). */
export interface CelRule {
  readonly rule: string
  readonly message: string
  readonly reason?: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueDuplicate'
}

/**
 * One kind of our API, written once: types, runtime checks, the CRD, printer columns and the reference page all come
 * from here (hack/gen.ts).
 */
export interface Kind<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Lower-case plural; Cluster API computes it from the kind, so it is always kind + "s" (or "ies"). */
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** What the kind is for; first lines of its reference page. */
  readonly description: string
  readonly spec: Spec
  /** Absent for kinds without a status (Cluster API templates of clusters). */
  readonly status?: Status
  readonly columns: readonly PrinterColumn[]
  /** Rules over the whole object (`self.spec...`, `self.metadata.name`). */
  readonly rules?: readonly CelRule[]
  /** Labels of the CRD object itself: the Cluster API contract and `clusterctl move`. */
  readonly crdLabels?: Readonly<Record<string, string>>
}

/** The TypeScript type of an object of a kind. */
export type ObjectOf<K extends Kind> =
  K extends Kind<infer Spec, infer Status> ? Resource<z.output<Spec>, z.output<Status>> : never

export const apiVersionOf = (kind: Pick<Kind, 'group' | 'version'>): string => `${kind.group}/${kind.version}`
