import { describe, expect, it } from 'vitest'
import { agent, asset, team } from '../../../test/made'
import { Drawers, NEW_AGENT, newAsset } from './drawers'

describe('the forms that were begun', () => {
  it('keep their changes while another is looked at', () => {
    const { teams } = new Drawers()
    teams.open(team()).change({ name: 'Sales' })
    teams.open(team({ id: 'u' }))
    expect([teams.changed('t'), teams.changed('u'), teams.changed('never opened')]).toEqual([true, false, false])
    expect(teams.open(team({ revision: 2 })).draft.name).toBe('Sales')
    teams.drop('t')
    expect(teams.open(team()).draft.name).toBe('Support')
  })

  it('hear what the server has now, each its own', () => {
    const drawers = new Drawers()
    const [one, other, line] = [drawers.teams.open(team()), drawers.agents.open(agent()), drawers.assets.open(asset())]
    other.change({ name: 'Kim' })
    drawers.hear({
      seq: 2, teams: [team({ revision: 2, name: 'Help' })], agents: [agent({ revision: 2, threshold: 5 })],
      assets: [asset({ id: 'another', revision: 2, name: 'Shop' })], channels: [],
    })
    expect(one.draft.name).toBe('Help')
    expect([other.draft.name, other.newer?.threshold]).toEqual(['Kim', 5])
    expect(line.draft.name).toBe('Support line')
  })

  it('ask for a token once', async () => {
    const edit = new Drawers().agents.open(NEW_AGENT)
    edit.change({ name: 'Kim', tokenLabel: 'laptop', manages: ['t'] })
    await edit.save(async () => ({ problem: [], token: 'secret' }))
    expect(edit.draft).toMatchObject({ name: 'Kim', newToken: false, tokenLabel: '', manages: [] })
    expect(edit.dirty).toBe(false)
  })

  it('of a new asset has the company’s team, unless there is a choice', () => {
    const company = { seq: 1, teams: [team()], agents: [], assets: [], channels: ['whatsapp', 'sms'] }
    expect(newAsset(company)).toMatchObject({ id: '', team: 't', channel: 'whatsapp', active: true })
    expect(newAsset({ ...company, teams: [team(), team({ id: 'u' })] }).team).toBe('')
    expect(newAsset({ ...company, teams: [], channels: [] })).toMatchObject({ team: '', channel: '' })
  })

  it('of a new asset says all of it, once, and begins anew when it is saved', async () => {
    const { assets } = new Drawers()
    const base = newAsset({ seq: 1, teams: [team()], agents: [], assets: [], channels: ['whatsapp'] })
    const edit = assets.open(base)
    const sent: unknown[] = []
    const put = async (set: unknown) => (sent.push(set), { problem: [], token: '' })
    edit.change({ name: 'Orders', address: '+49301000', vendorId: '1002', credential: 'main' })
    await Promise.all([edit.save(put), edit.save(put)])
    expect(sent).toEqual([{ ...base, name: 'Orders', address: '+49301000', vendorId: '1002', credential: 'main' }])
    assets.drop('')
    expect(assets.open(base).draft.name).toBe('')
  })

  it('of a new asset keeps what the server refused', async () => {
    const edit = new Drawers().assets.open(newAsset({ seq: 1, teams: [team()], agents: [], assets: [], channels: ['whatsapp'] }))
    edit.change({ name: 'Orders', vendorId: '1002', credential: 'gone' })
    await edit.save(async () => ({ problem: [{ kind: 46, args: ['gone'] }], token: '' }))
    expect([edit.problem?.kind, edit.draft.credential, edit.dirty]).toEqual([46, 'gone', true])
    edit.change({ credential: 'main' })
    expect(edit.problem).toBeUndefined()
  })
})
