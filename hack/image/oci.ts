import { digestOf, type ImageFile, type Layer, tarOf } from './layer.js'

export interface ImageOptions {
  /** Name that the image gets where it is loaded, with its tag. */
  readonly name: string
  readonly version: string
  /** amd64 or arm64. */
  readonly architecture: string
  readonly layers: readonly Layer[]
}

export interface Image {
  /** Digest of the manifest: what `name@digest` refers to. */
  readonly digest: string
  /** An OCI image layout as one tar file (`skopeo copy oci-archive:...`, `podman load`, `ctr image import`). */
  readonly archive: Buffer
}

/** Puts an image together (OCI image specification 1.1). Everybody gets the same digest from the same layers. */
export const imageOf = async ({ name, version, architecture, layers }: ImageOptions): Promise<Image> => {
  const config = json({
    architecture,
    os: 'linux',
    config: {
      User: '65532:65532',
      Entrypoint: ['/usr/bin/node', '/opt/katametal/dist/katametal.js'],
      Cmd: ['manager', '--help'],
      WorkingDir: '/',
      Env: ['PATH=/usr/bin', 'NODE_ENV=production'],
      Labels: {
        'org.opencontainers.image.title': 'katametal',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffID }) => diffID) },
    history: layers.map(({ title }) => ({ created_by: title })),
  })
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map(({ blob }) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', blob)),
  })
  const index = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        platform: { architecture, os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': name, 'io.containerd.image.name': name },
      },
    ],
  })
  const blobs = [config, manifest, ...layers.map(({ blob }) => blob)]
  const files: ImageFile[] = [
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', index),
    ...blobs.map(blob => file(`blobs/${digestOf(blob).replace(':', '/')}`, blob)),
  ]
  return { digest: digestOf(manifest), archive: await tarOf(files) }
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))
const file = (path: string, contents: Buffer): ImageFile => ({ path, contents, executable: false })
const descriptor = (mediaType: string, blob: Buffer) => ({ mediaType, digest: digestOf(blob), size: blob.length })
