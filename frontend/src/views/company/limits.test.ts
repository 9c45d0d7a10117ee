import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { agent, asset, team } from '../../../test/made'
import { speak } from '../../i18n'
import * as limits from './limits'

const words = speak('en', []).words.company
const backend = new URL('../../../../backend/', import.meta.url)

/** constant is the number that a Go file gives a name. */
function constant(file: string, name: string): number {
  const source = readFileSync(new URL(file, backend), 'utf8')
  return Number(new RegExp(`\\b${name} += ([\\d_]+)`).exec(source)?.[1]?.replaceAll('_', ''))
}

describe('the limits of what is set', () => {
  it('are the server’s', () => {
    expect(limits.MAX_RELEASE).toBe(constant('chat/team.go', 'MaxRelease'))
    expect(limits.MAX_ESCALATE).toBe(constant('chat/team.go', 'MaxEscalate'))
    expect(limits.MAX_DAYS).toBe(constant('chat/team.go', 'MaxDays'))
    expect(limits.MAX_NAME).toBe(constant('internal/desk/text.go', 'MaxName'))
    expect(limits.MAX_KEY).toBe(constant('internal/desk/text.go', 'MaxKey'))
    expect(limits.MAX_CREDENTIAL).toBe(constant('internal/desk/asset.go', 'MaxCredential'))
    expect(limits.MAX_THRESHOLD).toBe(constant('internal/desk/admin.go', 'MaxThreshold'))
  })

  it.each([
    ['releaseMinutes', 0, true], ['releaseMinutes', 1, true], ['releaseMinutes', 9999, true], ['releaseMinutes', 10_000, false],
    ['releaseMinutes', Number.NaN, false], ['escalateEvery', 9999, true], ['escalateEvery', 10_000, false],
    ['holdDays', 60, true], ['holdDays', 61, false], ['closeDays', 60, true], ['closeDays', 61, false],
    ['closeDays', 1.5, false], ['releaseMinutes', -1, false],
  ] as const)('a team’s %s of %d: %s', (field, value, fits) => {
    expect(limits.teamFaults(words, team({ [field]: value }))[field] === undefined).toBe(fits)
  })

  it('a chat is held before it is closed', () => {
    expect(limits.teamFaults(words, team({ holdDays: 5, closeDays: 5 }))).toHaveProperty('closeDays')
    expect(limits.teamFaults(words, team({ holdDays: 5, closeDays: 6 }))).toEqual({})
    expect(limits.teamFaults(words, team({ holdDays: 5, closeDays: 0 }))).toEqual({})
    expect(limits.teamFaults(words, team({ holdDays: 0, closeDays: 1 }))).toEqual({})
  })

  it('a new team needs its prefix, and one that is there keeps its own', () => {
    for (const prefix of ['', 'AB', 'ABCD', 'abc', 'A C', 'ÄBC'])
      expect(limits.teamFaults(words, team({ id: '', prefix })), prefix).toHaveProperty('prefix')
    expect(limits.teamFaults(words, team({ id: '', prefix: 'A1Z' }))).toEqual({})
    expect(limits.teamFaults(words, team({ id: 't', prefix: 'old' }))).toEqual({})
  })

  it('names are of people’s characters', () => {
    expect(limits.assetFaults(words, asset({ name: '  ' }))).toHaveProperty('name')
    expect(limits.assetFaults(words, asset({ name: '😀'.repeat(128) }))).toEqual({})
    expect(limits.assetFaults(words, asset({ name: 'x'.repeat(129) }))).toHaveProperty('name')
  })

  it.each([
    ['name', '', false], ['team', '', false], ['address', '', true], ['address', 'ü'.repeat(128), true], ['address', 'ü'.repeat(129), false],
    ['vendorId', '', false], ['vendorId', ' 1065 ', true], ['vendorId', '10 65', false], ['vendorId', 'Ä', false],
    ['vendorId', '1'.repeat(128), true], ['vendorId', '1'.repeat(129), false],
    ['credential', '', false], ['credential', 'my-shop_2', true], ['credential', 'Main', false], ['credential', 'a/b', false],
    ['credential', 'a'.repeat(64), true], ['credential', 'a'.repeat(65), false],
  ] as const)('a new asset’s %s %j: %s', (field, value, fits) => {
    const fresh = asset({ id: '', vendorId: '1065', credential: 'main', [field]: value })
    expect(limits.assetFaults(words, fresh)[field] === undefined).toBe(fits)
  })

  it('what cannot be changed of an asset is not asked for again', () => {
    expect(limits.assetFaults(words, asset({ address: 'ü'.repeat(129) }))).toEqual({})
  })

  it('an agent may hold one chat at least', () => {
    expect(limits.agentFaults(words, agent({ threshold: 0 }))).toHaveProperty('threshold')
    expect(limits.agentFaults(words, agent({ threshold: 1 }))).toEqual({})
    expect(limits.agentFaults(words, agent({ threshold: 100_000 }))).toHaveProperty('threshold')
  })
})

describe('a whole number', () => {
  it.each([['', 0], [' 12 ', 12], ['007', 7], ['1.5', NaN], ['-1', NaN], ['1e3', NaN], ['12345678901', NaN], ['x', NaN]])('%j is %d', (text, n) => {
    expect(limits.whole(text, 0)).toBe(n)
  })
})
