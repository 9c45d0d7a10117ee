import { describe, expect, it } from 'vitest'
import { agent, asset, team } from '../../../test/made'
import { Drawers, NEW_AGENT } from './drawers'

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
      assets: [asset({ id: 'another', revision: 2, name: 'Shop' })],
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
})
