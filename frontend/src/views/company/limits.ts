// What the server takes of a team's, an agent's and an asset's settings, told before it is asked. The numbers are
// those of the server; a test compares them.
import { characters } from '../../core/timeline'
import type { AgentSet, AssetSet, TeamSet } from '../../core/host'
import type { CompanyWords } from '../../i18n/company.en'

export const MAX_NAME = 128
export const MAX_RELEASE = 9999
export const MAX_ESCALATE = 9999
export const MAX_DAYS = 60
export const MAX_THRESHOLD = 99_999
export const MAX_KEY = 128
export const MAX_CREDENTIAL = 64

/** Faults are what is wrong with a set, by field, in words. */
export type Faults<T> = Partial<Record<keyof T, string>>

/** whole reads a whole number; nothing written is what empty says, anything else is NaN. */
export function whole(text: string, empty: number): number {
  const digits = text.trim()
  if (digits === '') return empty
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN
}

/** teamFaults says what is wrong with a team. */
export function teamFaults(words: CompanyWords, team: TeamSet): Faults<TeamSet> {
  const { holdDays: hold, closeDays: close } = team
  return found<TeamSet>({
    name: nameFault(words, team.name),
    prefix: team.id !== '' || /^[A-Z0-9]{3}$/.test(team.prefix) ? '' : words.prefixWrong,
    releaseMinutes: within(team.releaseMinutes, 0, MAX_RELEASE) ? '' : words.offOrNumber(MAX_RELEASE),
    escalateEvery: within(team.escalateEvery, 0, MAX_ESCALATE) ? '' : words.offOrNumber(MAX_ESCALATE),
    holdDays: within(hold, 0, MAX_DAYS) ? '' : words.offOrNumber(MAX_DAYS),
    closeDays: !within(close, 0, MAX_DAYS) ? words.offOrNumber(MAX_DAYS) : hold > 0 && close > 0 && close <= hold ? words.closeWrong : '',
  })
}

/** agentFaults says what is wrong with an agent. */
export function agentFaults(words: CompanyWords, agent: AgentSet): Faults<AgentSet> {
  return found<AgentSet>({
    name: nameFault(words, agent.name),
    threshold: within(agent.threshold, 1, MAX_THRESHOLD) ? '' : words.numberWrong(1, MAX_THRESHOLD),
    tokenLabel: characters(agent.tokenLabel) <= MAX_NAME ? '' : words.nameWrong(MAX_NAME),
  })
}

/** assetFaults says what is wrong with an asset. */
export function assetFaults(words: CompanyWords, asset: AssetSet): Faults<AssetSet> {
  const name = nameFault(words, asset.name)
  if (asset.id !== '') return found<AssetSet>({ name })
  const [vendorId, credential] = [asset.vendorId.trim(), asset.credential.trim()]
  return found<AssetSet>({
    name,
    team: asset.team === '' ? words.chooseTeam : '',
    address: characters(asset.address.trim()) <= MAX_NAME ? '' : words.tooLong(MAX_NAME),
    vendorId: /^[!-~]+$/.test(vendorId) && vendorId.length <= MAX_KEY ? '' : words.vendorIdWrong(MAX_KEY),
    credential: /^[a-z0-9_-]+$/.test(credential) && credential.length <= MAX_CREDENTIAL ? '' : words.credentialWrong(MAX_CREDENTIAL),
  })
}

function nameFault(words: CompanyWords, name: string): string {
  const length = characters(name.trim())
  return length >= 1 && length <= MAX_NAME ? '' : words.nameWrong(MAX_NAME)
}

function within(n: number, from: number, to: number): boolean {
  return Number.isInteger(n) && n >= from && n <= to
}

function found<T>(faults: Faults<T>): Faults<T> {
  return Object.fromEntries(Object.entries(faults).filter(([, text]) => text !== '')) as Faults<T>
}
