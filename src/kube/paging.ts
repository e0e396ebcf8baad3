import type { KubeObject } from '../../api/meta.js'
import { isKatametalError } from '../base/errors.js'
import type { CallOptions, ListOptions, Page, ResourceClient } from './types.js'

const pageSize = 500

/** What {@link everyPage} calls. */
export interface PageReader<T extends KubeObject> {
  page(page: Page<T>): void
  /** What came so far is void. */
  restart(): void
}

/**
 * Reads a list page by page and returns its resourceVersion. When the continue token expires on the way, the list is
 * read again in one piece, which cannot expire.
 */
export const everyPage = async <T extends KubeObject>(
  client: Pick<ResourceClient<T>, 'listPage'>,
  options: ListOptions & CallOptions,
  reader: PageReader<T>,
): Promise<string> => {
  try {
    let next: string | undefined
    for (;;) {
      const page = await client.listPage({
        ...options,
        limit: pageSize,
        ...(next === undefined ? {} : { continue: next }),
      })
      reader.page(page)
      if (page.continue === undefined) return page.resourceVersion
      next = page.continue
    }
  } catch (error) {
    if (!isKatametalError(error, 'KubernetesExpired')) throw error
    reader.restart()
    const page = await client.listPage(options)
    reader.page(page)
    return page.resourceVersion
  }
}
