import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MAX_ALIAS, MAX_TAG, MAX_TAGS, tagFault } from './limits'

describe('the limits of alias and tags', () => {
  it('are the server’s', () => {
    const source = readFileSync(new URL('../../../../backend/chat/command.go', import.meta.url), 'utf8')
    for (const [name, value] of Object.entries({ MaxAlias: MAX_ALIAS, MaxTag: MAX_TAG, MaxTags: MAX_TAGS }))
      expect(Number(new RegExp(`${name} += (\\d+)`).exec(source)?.[1]), name).toBe(value)
  })

  it('are told before a tag is added', () => {
    const full = Array.from({ length: MAX_TAGS }, (_, i) => `tag ${i}`)
    expect(tagFault('vip', [])).toBeUndefined()
    expect(tagFault('VIP', ['vip'])).toBe('there')
    expect(tagFault('😀'.repeat(MAX_TAG), [])).toBeUndefined()
    expect(tagFault('x'.repeat(MAX_TAG + 1), [])).toBe('long')
    expect(tagFault('vip', full)).toBe('full')
    expect(tagFault('tag 3', full)).toBe('there')
  })
})
