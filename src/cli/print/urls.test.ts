import { describe, expect, it } from 'vitest'
import { shownURL } from './urls.js'

describe('a URL that is shown', () => {
  it.each([
    ['https://192.0.2.1:8443/v1/media/op-1/s3cr3t/boot.iso', 'https://192.0.2.1:8443/.../boot.iso'],
    ['http://images.example/debian.iso', 'http://images.example/debian.iso'],
    ['https://[2001:db8::1]:8443/v1/boot/s3cr3t', 'https://[2001:db8::1]:8443/...'],
    ['http://user:s3cr3t@images.example/a/b.iso?key=s3cr3t#s3cr3t', 'http://images.example/.../b.iso'],
    ['http://images.example/', 'http://images.example/'],
    ['nfs://198.51.100.7/export/rescue.iso', 'nfs://198.51.100.7/.../rescue.iso'],
    ['boot.iso', 'boot.iso'],
    ['http://[broken/s3cr3t', '(unreadable URL)'],
  ])('of %s is %s', (url, shown) => {
    expect(shownURL(url)).toBe(shown)
    expect(shown).not.toContain('s3cr3t')
  })
})
