import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * One registry per manager. Rooms ask for their instruments by name; asking twice for the same name returns the same
 * instrument, so that tests and several controllers can share a registry.
 */
export class Metrics {
  readonly registry = new Registry()

  counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    const known = this.registry.getSingleMetric(name)
    return known instanceof Counter ? known : new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    const known = this.registry.getSingleMetric(name)
    return known instanceof Gauge ? known : new Gauge({ name, help, labelNames, registers: [this.registry] })
  }

  histogram<L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]): Histogram<L> {
    const known = this.registry.getSingleMetric(name)
    return known instanceof Histogram
      ? known
      : new Histogram({ name, help, labelNames, buckets, registers: [this.registry] })
  }

  /** Adds process metrics (CPU, memory, event loop) under their usual names. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry })
  }

  /** The Prometheus text exposition. */
  render(): Promise<string> {
    return this.registry.metrics()
  }
}
