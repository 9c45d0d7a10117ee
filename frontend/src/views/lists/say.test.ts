import { describe, expect, it } from 'vitest'
import { row } from '../../../test/made'
import { speak } from '../../i18n'
import { clockGone, sentence } from './say'

const { words, formats } = speak('en', [])
const MINUTE = 60_000
const NOW = 100 * MINUTE

const said = (part: Parameters<typeof row>[0]) => sentence(words, formats, row(part), NOW)

describe('a row is one sentence', () => {
  it('of customer, channel, dot, unread, waiting time and chat id', () => {
    expect(said({ dot: 'new', unread: 2, waitingSince: NOW - 5 * MINUTE })).toBe(
      'Ana Lima, WhatsApp, New, 2 unread, waiting 5 minutes, CSR0000000000001',
    )
    expect(said({})).toBe('Ana Lima, WhatsApp, CSR0000000000001')
  })

  it('with its clock, hold and priority before the id', () => {
    expect(said({ dot: 'pending', waitingSince: NOW - MINUTE, releaseAt: NOW + 4 * MINUTE, period: 5 * MINUTE, priority: 1 })).toBe(
      'Ana Lima, WhatsApp, Pending, waiting 1 minute, back to the queue in 4 minutes, priority Urgent, CSR0000000000001',
    )
    expect(said({ status: 'on_hold' })).toBe('Ana Lima, WhatsApp, On hold, CSR0000000000001')
  })

  it('with the seconds of a clock only as less than a minute', () => {
    expect(said({ releaseAt: NOW + 59_000, period: MINUTE })).toMatch(/back to the queue in less than a minute/)
    expect(said({ releaseAt: NOW - 1, period: MINUTE })).toMatch(/back to the queue in less than a minute/)
  })

  it('with what is not confirmed, and who has it when it is gone', () => {
    expect(said({ queued: 'transfer', draft: true })).toBe('Ana Lima, WhatsApp, transfer queued, Draft, CSR0000000000001')
    expect(said({ queued: 'pick', pickQueued: true })).toBe('Ana Lima, WhatsApp, picking…, CSR0000000000001')
    expect(said({ queued: 'constructor' })).toMatch(/, change queued, /)
    expect(said({ gone: true, goneTo: 'Bo' })).toBe('Ana Lima, WhatsApp, now with Bo, CSR0000000000001')
    expect(said({ gone: true })).toMatch(/not in this list any more/)
  })
})

describe('the release clock', () => {
  it('closes as its period passes, and stays closed', () => {
    const at = (releaseAt: number) => clockGone(row({ releaseAt, period: 10 * MINUTE }), NOW)
    expect(at(NOW + 10 * MINUTE)).toBe(0)
    expect(at(NOW + 20 * MINUTE)).toBe(0)
    expect(at(NOW + 2.5 * MINUTE)).toBe(0.75)
    expect(at(NOW - MINUTE)).toBe(1)
  })

  it('is not there when none runs', () => {
    expect(clockGone(row(), NOW)).toBeUndefined()
  })
})
