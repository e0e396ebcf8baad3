import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openBootImage } from './boot-image.js'
import type { BootImages } from './media-routes.js'

/** Opens what `make ramdisk` made: a folder with boot.iso and boot.efi, or an ISO alone. Throws FileInvalid. */
export const openBootImages = async (path: string): Promise<BootImages> => {
  const isFolder = await stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return { iso: await openBootImage(path) }
  return { iso: await openBootImage(join(path, 'boot.iso')), efi: await openBootImage(join(path, 'boot.efi')) }
}
