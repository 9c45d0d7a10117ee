import { describe, expect, it } from 'vitest'
import type { Saved } from '../../core/host'
import { Edit } from './edit.svelte'

interface Set {
  id: string
  revision: number
  name: string
  newToken: boolean
}

const base: Set = { id: 't', revision: 3, name: 'Support', newToken: false }
const done: Saved = { problem: [], token: '' }

function answering(answer: Saved) {
  const sent: Set[] = []
  return { sent, put: async (set: Set) => (sent.push(set), answer) }
}

describe('an edit', () => {
  it('is dirty only while something is changed', () => {
    const edit = new Edit(base)
    expect(edit.dirty).toBe(false)
    edit.change({ name: 'Sales' })
    expect(edit.dirty).toBe(true)
    edit.change({ name: 'Support' })
    expect(edit.dirty).toBe(false)
  })

  it('takes no notice of what the server does not keep: spaces around, the order of a set', () => {
    const edit = new Edit({ ...base, teams: ['a', 'b'] })
    edit.change({ name: ' Support ', teams: ['b', 'a'] })
    expect(edit.dirty).toBe(false)
    edit.change({ teams: ['b'] })
    expect(edit.dirty).toBe(true)
  })

  it('follows the server where nothing is changed here', () => {
    const edit = new Edit(base)
    edit.hear({ ...base, revision: 4, name: 'Help' })
    expect(edit.draft.name).toBe('Help')
    expect(edit.newer).toBeUndefined()
  })

  it('keeps what was changed here beside what somebody else has changed', () => {
    const edit = new Edit(base)
    edit.change({ name: 'Sales' })
    edit.hear({ ...base, revision: 4, name: 'Help' })
    expect(edit.draft.name).toBe('Sales')
    expect(edit.newer?.name).toBe('Help')
    edit.reset()
    expect(edit.draft).toMatchObject({ name: 'Help', revision: 4 })
    expect(edit.dirty).toBe(false)
  })

  it('saves in the place of the revision that was seen', async () => {
    const edit = new Edit(base)
    const server = answering(done)
    edit.change({ name: 'Sales' })
    edit.hear({ ...base, revision: 4, name: 'Help' })
    await edit.save(server.put)
    expect(server.sent).toEqual([{ ...base, name: 'Sales', revision: 3 }])
  })

  it('says that it is saved until something is changed', async () => {
    const edit = new Edit(base)
    edit.change({ name: 'Sales' })
    await edit.save(answering(done).put)
    expect([edit.saved, edit.dirty, edit.saving]).toEqual([true, false, false])
    edit.hear({ ...base, revision: 4, name: 'Sales' })
    expect([edit.saved, edit.draft.revision, edit.newer]).toEqual([true, 4, undefined])
    edit.change({ name: 'Help' })
    expect(edit.saved).toBe(false)
  })

  it('takes its own change when it is heard before the answer', async () => {
    const edit = new Edit(base, (sent) => ({ ...sent, newToken: false }))
    edit.change({ name: 'Sales', newToken: true })
    await edit.save(async () => {
      edit.hear({ ...base, revision: 4, name: 'Sales' })
      return { problem: [], token: 'x' }
    })
    expect([edit.dirty, edit.newer, edit.draft.newToken]).toEqual([false, undefined, false])
    const server = answering(done)
    edit.change({ name: 'Help' })
    await edit.save(server.put)
    expect(server.sent[0]?.revision).toBe(4)
  })

  it('keeps what was refused, and what is typed while it is saved', async () => {
    const edit = new Edit(base)
    edit.change({ name: 'Sales' })
    await edit.save(answering({ problem: [{ kind: 44, args: [] }], token: '' }).put)
    expect([edit.problem?.kind, edit.draft.name, edit.dirty]).toEqual([44, 'Sales', true])
    await edit.save(async () => {
      edit.change({ name: 'Sales and more' })
      return done
    })
    expect([edit.draft.name, edit.dirty]).toEqual(['Sales and more', true])
  })

  it('is not saved twice at once, and not for ever when the host is away', async () => {
    const edit = new Edit(base)
    const server = answering(done)
    await Promise.all([edit.save(server.put), edit.save(server.put)])
    expect(server.sent.length).toBe(1)
    await expect(edit.save(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
    expect(edit.saving).toBe(false)
  })
})
